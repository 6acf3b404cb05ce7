"""How angry a text is, and how urgent: words, taken back by negation.

Words are simplified; traditional characters are read as those.
"""

import re

from gateway.domain.scripts import simplified

MOST = 3

# The words of each level, the heaviest first.
_ANGER = {
    3: (
        r"骗子|诈骗|欺诈|骗人|骗钱|垃圾(?!袋|桶|箱|处理)|12315|消协|工商局|曝光|起诉|要告[你您]|律师|法院|滚蛋"
        r"|他妈|妈的|傻[逼b叉]|王八|混蛋|不要脸|黑店|奸商|去死|无耻|忍无可忍|气死|恶心|假一赔|操你"
        r"|霸王条款|欺人太甚|消保(?=官|会|处)"
        r"|\b(?:scam(?:mers?)?|fraud|lawyer|sue|suing|legal action|consumer protection|bullshit"
        r"|f[u*]ck\w*|wtf|idiots?|furious|outrageous|thieves|disgusting|disgusted)\b"
    ),
    2: (
        r"投诉|举报|差评|太差|极差|真差|差劲|恶劣|坑人|坑爹|过分|受够|离谱|忽悠|敷衍|推卸|踢皮球|凭什么"
        r"|没人管|不负责任|再也不|生气|气人|愤怒|火大|什么态度|什么玩意|像话|无语|耍我|玩我|客诉|太夸张了"
        r"|(?:有够|什么|这么|服务[很太真超]?|客服[很太真超]?)烂|烂(?:透|死|服务|公司|店)"
        r"|\b(?:unacceptable|ridiculous|terrible|horrible|awful|worst|pathetic|useless|rude|angry"
        r"|complain|complaint|appalling|never (?:buy|order|shop)\w*|a joke|fed up|sick of"
        r"|incompetent)\b"
    ),
    1: (
        r"失望|不满|糟糕|怎么搞的|还没解决|一直没|都没人|太慢|这么慢|说了多少|好几次|到底|不耐烦|不理我"
        r"|没人理|烦死|烦人|郁闷"
        r"|\b(?:disappoint\w*|unhappy|annoy\w*|frustrat\w*|upset|still no|again and again"
        r"|third time|(?:no one|nobody) (?:answers|replies)|ignored?|waste of)\b"
    ),
}
_URGENCY = {
    3: (
        r"十万火急|紧急|救命|人命|立刻|立即|火警|起火|冒烟|漏电|触电|爆炸|着火|中毒|过敏了"
        r"|\b(?:urgent(?:ly)?|emergency|immediately|right now|right away|asap|on fire|smok(?:e|ing)"
        r"|electric shock|allergic reaction)\b"
    ),
    2: (
        r"着急|很急|急用|加急|急需|赶紧|马上|赶快|抓紧|急死|急着|等着用|来不及|今天必须|今天之内|急急|催"
        r"|\b(?:as soon as possible|quickly|hurry|need it (?:today|tomorrow|by)|deadline|at once"
        r"|today at the latest|rush)\b"
    ),
    1: (
        r"尽快|快点|早点|快一点|尽早|(?<!着)急(?!救)|多久了|还没[到发送]|今天能|今晚"
        r"|\b(?:soon|still waiting|today|tonight|how much longer|by tomorrow)\b"
    ),
}
# What stands before a word that is taken back: "别生气", "I'm not angry".
_CALM = re.compile(
    r"(?:没有?|没有任何|不|不是|不算|不会|并不|不想|别|无需|不要|不必|不用|不需)(?:要|再|太|很|想|在|觉得)?$"
    r"|(?:\bnot|n't|\bno|\bnever|\bwithout|\bhardly)"
    r"(?:\s+(?:a|an|at all|so|too|very|really|any|going to|be|to|that))*\s*$"
)
_STRONG = re.compile(
    r"[!！]{2,}|[?？]{3,}|[😠😡🤬👎💢]|太|非常|极其|简直|实在"
    r"|\b(?:very|extremely|so|absolutely|totally)\b"
)
_ANGER_WORDS = tuple((weight, re.compile(words)) for weight, words in _ANGER.items())
_URGENT_WORDS = tuple((weight, re.compile(words)) for weight, words in _URGENCY.items())
_BEFORE = 12  # characters in which a negation is looked for
_LOOKED_AT = 1_000  # characters
_SHOUT = 12  # capital letters that are no abbreviation


def anger_of(text: str) -> int:
    """0 calm, 1 displeased, 2 angry, 3 furious or threatening."""
    folded = _folded(text)
    level = _level(folded, _ANGER_WORDS)
    if 0 < level < MOST and (_STRONG.search(folded) or _shouted(text[:_LOOKED_AT])):
        level += 1
    return level


def urgency_of(text: str) -> int:
    """0 none, 1 soon, 2 today, 3 at once or dangerous."""
    return _level(_folded(text), _URGENT_WORDS)


def _folded(text: str) -> str:
    return simplified(text[:_LOOKED_AT].casefold())


def _level(folded: str, words: tuple[tuple[int, re.Pattern[str]], ...]) -> int:
    """The heaviest word that is meant."""
    for weight, pattern in words:  # heaviest first
        if any(_meant(folded, match) for match in pattern.finditer(folded)):
            return weight
    return 0


def _meant(folded: str, match: re.Match[str]) -> bool:
    before = folded[max(0, match.start() - _BEFORE) : match.start()]
    return _CALM.search(before) is None


def _shouted(text: str) -> bool:
    """More than a few letters, all of them capitals."""
    letters = [char for char in text if char.isascii() and char.isalpha()]
    return len(letters) >= _SHOUT and all(char.isupper() for char in letters)
