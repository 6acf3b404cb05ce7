"""Whom a customer asks for: somebody who leads, or a person instead of a machine. Pure.

Two kinds of words are a wish: a clause that is only a word for a person and little words around
it (`an agent please`, 麻烦转一下人工), and, in any sentence, a verb that asks, with a person as its
object (`can I talk to an agent about`, 我想跟真人说). What others did, what was, goods and what is
refused are none. Rules are written in simplified characters.
"""

import re

from gateway.domain.scripts import simplified

_LOOKED_AT = 1_000  # characters
_BEFORE = 32  # characters in which a negation, or a past, is looked for
_LONGEST = 60  # characters of a clause that is only a word for a person

_LEAD = re.compile(
    r"(?:找|叫|让|要|换|联系|转|跟|和).{0,4}(?:领导|经理|主管|负责人|老板|上级)"
    r"|\b(?:speak|talk|escalate|get|want|call|see)\b.{0,24}"
    r"\b(?:manager|supervisor|superior|boss|in charge)\b"
)

# --- words for a person ---

_NAMED = re.compile(  # without one of them nobody is asked for
    r"人工|真人|活人|专[人员]|客服|坐席|座席|工作人员|[个位名]人|机器人|转接"
    r"|\b(?:agents?|humans?|persons?|people|operators?|representatives?|reps?|advis[eo]rs?|staff"
    r"|someone|somebody|anyone|anybody|customer (?:service|support|care)|live (?:chat|support)"
    r"|(?:chat)?bots?|robots?)\b"
)
_KIND = (
    r"(?:(?:real|live|living|human|actual|proper|physical|customer[ -](?:service|support|care)"
    r"|support|service|sales|help ?desk|new|different|other|another|single)\s+)*"
)
_SOMEBODY = r"(?:someone|somebody|anyone|anybody)"
_WHO = (
    r"(?:agents?|human\s+(?:help|support|assistance)|humans?(?:\s+beings?)?|person|operator|representatives?|reps?|advis[eo]rs?"
    r"|staff(?:\s+member)?|member\s+of\s+staff)"
)
_SERVICE = r"(?:customer\s+(?:service|support|care)|live\s+(?:chat|support))"
_A = r"(?:(?:an?|the|any|some|your|another|one\s+of\s+your)\s+)?"
_PERSON = rf"{_A}{_KIND}{_WHO}\b"
_ANYBODY = rf"(?:{_PERSON}|{_SOMEBODY}\b|{_A}{_KIND}(?:people|{_SERVICE})\b)"
# What may follow a person who is wanted: `a person limit` and `agent prices` are goods.
_THEN = (
    r"(?=\s*(?:$|[.,!?;:)\n\"”-])|\s+(?:please|pls|plz|now|who|instead|and|or|not|because|right|asap"
    r"|here|there|today|thanks?|thx|immediately|available|around|urgently|directly|rather"
    r"|(?:that|i|we)\s+(?:i\s+|we\s+)?can|as\s+soon|at\s+once|with\s+whom|on\s+the\s+(?:phone|line)"
    r"|for\s+(?:this|that|help|my)|about|from\s+your"
    r"|to\s+(?:talk|speak|chat|help|assist|answer|look|explain|deal|handle|sort|solve|reply"
    r"|respond|contact|get\s+back)))"
)
# What 人工 and 真人 stand for where they are no goods: 人工费, 人工湖, 真人照片 are.
_ZH_THEN = (
    r"(?=$|[\s,，.。!！?？;；:：~～、…」”\"')）]|客服|服务|坐席|座席|回复|回答|解答|接听|接待|处理|解决|沟通|咨询"
    r"|来|帮|给我|跟我|和我|吧|呢|啊|呀|吗|嘛|么|啦|了|在|谢|可以|行|好|还是|我|联系|说(?!明)|聊)"
)
_ZH_WHO = r"(?:人工(?!智[能慧])|真人|活人|专[人员])"
_ZH_SERVICE = r"(?:客服|坐席|座席|工作人员)"
_ZH_BETWEEN = r"(?:一?下|一?[个位名]|你们的?|您们?的?|给|到|去|我|接|成|为|的|个){0,3}"

# --- a clause that says nothing else ---

_CLAUSE = re.compile(r"[^,，.。!！?？;；:：~～、…\n]+")
_EDGES = " \t「」『』“”\"'‘’()（）-—"
_LITTLE = re.compile(
    r"\b(?:i['’]d\s+like|would\s+(?:you\s+)?like|put\s+(?:me\s+)?through"
    r"|(?:speak|talk|chat)(?=\s+(?:to|with)\b)"
    r"|i|i['’]ll|me|we|us|you|want|wanna|need|get|give|connect|transfer|switch|pass|let|can|could"
    r"|may|have|has|is|are|do|does|there|any|some|just|now|please|pls|plz|ok|okay|yes|yeah|here"
    r"|available|right|away|to|with|an?|the|your|kindly|immediately|asap|over|instead|directly"
    r"|only|really|still|hey|hi|hello|so|then|and|but|take)\b"
    r"|能不能|可不可以|是不是|有没有|行不行|好不好|能否|可否|可以|麻烦|帮忙|劳驾|拜托|请问|您好|你好|帮我|给我|替我"
    r"|我们|你们|您们|我想|想要|需要|希望|转接|接通|接入|转到|转成|转为|转给|换成|切换|呼叫|联系|马上|立刻|立即|赶紧|赶快"
    r"|快点|直接|现在|还是|一下|[一两]?[个位名]"
    r"|[请我你您要想找叫接转换来到去给帮有能就先那快让行好吧啊呀呢嘛吗么啦哦喔哈嗯亲]|了$"
)
_THANKS = re.compile(
    r"(?:\b(?:thanks|thank\s+you|thx|cheers)(?:\s+(?:so\s+much|a\s+lot|very\s+much|in\s+advance))?"
    r"|(?:谢谢|谢了|多谢|感谢|辛苦)[您你啦了]*)$"
)
_GREETING = re.compile(
    r"(?:hi|hello|hey|there|ok|okay|yes|no|sorry|good|morning|afternoon|evening|\s)*"
)
_VERB = re.compile(
    r"\b(?:please|pls|plz|want|wanna|need|get|give|connect|transfer|through|can|could|may|is|are|like"
    r"|speak|talk|chat|let|any|pass|switch|have)\b"
)
_ZH_WORD = re.compile(
    r"(?:(?:在线|客服)?(?:人工|真人|活人|专[人员])\s*(?:在线|客服|服务|坐席|座席|回复|接听|解答|处理|人员)*\s*)+"
)
_WORD = re.compile(
    rf"{_KIND}{_WHO}|{_SERVICE}|(?:real|live|human|actual)\s+(?:people|{_SOMEBODY})"
    rf"|{_SOMEBODY}\s+(?:real|human)"
)
_SERVICE_WORD = re.compile(rf"(?:在线)?{_ZH_SERVICE}(?:人员|服务)*")
_GREETED = re.compile(r"(?:hi|hello|hey|ok|okay|you|your|the)\b")
_FETCHED = re.compile(
    r"[找叫要接转换有]|联系|呼叫|给我"
)  # 麻烦客服 and 客服帮我 speak to whoever reads

# --- a verb that asks, in any sentence ---

_TALK = r"(?:speak|talk|chat)(?:ing)?\s+(?:(?:directly|now|live)\s+)?(?:to|with)\s+"
_ASKS = re.compile(
    rf"\b{_TALK}{_ANYBODY}"
    r"|\b(?:connect|transfer|put|pass|hand|forward|switch|route|direct|redirect)\s+(?:me|us)"
    rf"\s+(?:(?:over|on|through|back|straight)\s+)*(?:to|with)\s+{_ANYBODY}"
    rf"|\b(?:connect|transfer|switch|escalate)\s+(?:(?:this|it)\s+)?(?:to|with)\s+{_PERSON}"
    rf"|\b(?:get|give|find|bring)\s+me\s+(?:through\s+to\s+)?{_ANYBODY}{_THEN}"
    r"|\b(?:i|we)(?:['’]d)?\s+(?:(?:really|just|only|would|do|still|rather)\s+)*"
    rf"(?:want|need|like|prefer|demand|require)\s+(?:to\s+(?:get|reach|have|see)\s+)?(?:{_PERSON}|{_SOMEBODY}\b){_THEN}"
    rf"|\b(?:can|could|may)\s+(?:i|we)\s+(?:please\s+)?(?:have|get|see|reach|contact)\s+{_ANYBODY}{_THEN}"
    rf"|\b(?:connected|transferred|put\s+through)\s+(?:to|with)\s+{_PERSON}"
    rf"|\b(?:can|could|will|would|may)\s+{_PERSON}\s+(?:please\s+)?"
    r"(?:help|assist|answer|reply|respond|talk|speak|look|contact|get\s+back)\b"
    rf"|\b(?:is|are)\s+there\s+(?:{_PERSON}|(?:real|human|live)\s+people\b){_THEN}"
    r"|(?<!the )(?<!your )(?<!that )(?<!am a )(?<!i'm a )"
    r"(?<!of a )(?<!on a )(?<!like a )(?<!than a )"
    r"\b(?:real|actual|live|human)\s+(?:person|human|agent|being|operator)\b"
    r"(?!\s+(?:photos?|pictures?|pics?|videos?|images?|sized?|models?|hair))"
    r"|(?<!i am )(?<!i'm )"
    r"(?:\b(?:not?|stop|without|hate|sick of|enough of)|n['’]t\s+(?:want|like))\s+"
    r"(?:(?:talking|speaking|chatting|to|with|a|an|the|this|these|your|any|more|stupid)\s+)*(?:chat)?bots?\b"
)
_ZH_ASKS = re.compile(
    rf"转{_ZH_BETWEEN}人工(?!智[能慧]|费|成本)"
    r"|人工(?:客服|坐席|座席|在吗|在哪)|人工服务(?!费)|人工(?:回复|接听)"
    rf"|(?:切换?|换|接通?|接入|找|(?<!需)要|叫|请|麻烦|呼叫|联系|想|转|有没有|没有?|(?<![会说将])有(?!专人)|是|帮我|我(?:现在|真的)?需要){_ZH_BETWEEN}{_ZH_WHO}{_ZH_THEN}"
    rf"|[跟和与同]{_ZH_BETWEEN}{_ZH_WHO}(?:客服|坐席|人员)?(?:说|聊|讲|谈|沟通|对话|交流|通话|联系|反[映馈])"
    rf"|(?:想|要|能|可以|希望|让我|直接){_ZH_BETWEEN}[跟和与同]{_ZH_BETWEEN}{_ZH_SERVICE}(?:人员)?"
    r"(?:说|聊|讲|谈|沟通|对话|交流|通话|联系|反[映馈])(?![过了好完])"
    rf"|(?:找|转|叫|接|呼叫|联系|要|找不到|联系不上){_ZH_BETWEEN}{_ZH_SERVICE}(?:人员)?"
    r"(?=$|[\s,，.。!！?？;；~～]|吧|啊|呀|吗|嘛|呢|谢|处理|帮|解决|来|沟通|咨询|怎么)"
    rf"|[让叫]{_ZH_BETWEEN}{_ZH_SERVICE}(?:人员)?(?:赶紧|马上|尽快)?(?:联系|回复?|来|跟|和|帮)我?(?![过了])"
    r"|(?:找|叫|换|派|安排)一?[个位名]人(?:来)?"
    r"(?:[跟和与给](?:我|俺|咱们?)(?:说|聊|谈|讲|沟通|对话|回|解释)|回复?我|[来吧]?(?=$|[\s,，.。!！?？]))"
    r"|不要(?:跟|和)?机器人|别(?:用|让)机器人|不(?:想|要)[跟和]机器人"
)

# --- what takes it back ---

_NOT = re.compile(
    r"(?:没有?|没有任何|不|不是|不算|不会|并不|不想|别|无需|不要|不必|不用|不需|甭)"
    r"(?:要|再|太|很|想|在|觉得|给我?|帮我|麻烦|急着|[跟和]|去)*$"
    r"|(?:\b(?:not|no|never|without|hardly|refuse|hate|rather than|instead of)|n['’]t)"
    r"(?:\s+(?:a|an|at all|so|too|very|really|any|going to|be|to|that|want|wanna|need|wish|like"
    r"|have|having|actually|even|yet))*\s*$"
)
_WAS = re.compile(
    r"(?:上次|昨[天日晚]|前天|之前|以前|谢谢|感谢|多谢|已经?|刚才|刚刚)[我们在的也就跟和]{0,3}$"
    r"|\b(?:spoke|spoken|talked|chatted|dealt|chatting)\s+(?:to|with)\s+(?:an?\s+|some\s+)?$"
    r"|\b(?:told|helped|served|called|contacted|assured|promised|worn|used)\s+by\s+(?:an?\s+)?$"
    r"|\b(?:after|was|were|been|got|am)\s+$|\bthank(?:s| you)[, ]*$"
)
_DONE = re.compile(  # behind it: 人工客服已经回复我了
    r"^(?:客服|人员|那边|小\S)*(?:已经?|刚|昨|上次|之前|前天|告诉|答应|跟我说|和我说|让我|说[了是可过]|(?:回复|处理|解决|联系)(?:我)?[了过])"
)


def wish_of(text: str) -> str:
    """Whom the customer asks for: `lead`, `person`, or "" for nobody in particular."""
    folded = simplified(text[:_LOOKED_AT].casefold())
    if any(_meant(folded, match) for match in _LEAD.finditer(folded)):
        return "lead"
    if _NAMED.search(folded) is None:
        return ""
    asked = any(
        _meant(folded, match) and not _DONE.match(folded[match.end() :])
        for pattern in (_ZH_ASKS, _ASKS)
        for match in pattern.finditer(folded)
    )
    return "person" if asked or _is_said_alone(folded) else ""


def _meant(folded: str, match: re.Match[str]) -> bool:
    before = folded[max(0, match.start() - _BEFORE) : match.start()]
    return _NOT.search(before) is None and _WAS.search(before) is None


def _is_said_alone(folded: str) -> bool:
    """Whether a clause is only a word for a person, with what is said around it to ask for one."""
    clauses = [found[0].strip(_EDGES) for found in _CLAUSE.finditer(folded)]
    return any(
        _is_a_word_for_one(clause, clauses[:at], clauses[at + 1 :])
        for at, clause in enumerate(clauses)
        if len(clause) <= _LONGEST
    )


def _is_a_word_for_one(clause: str, before: list[str], behind: list[str]) -> bool:
    """`agent`, 客服 and the like alone may speak to whoever reads, unless nothing else is said."""
    said = _THANKS.sub("", clause).strip(_EDGES)
    word = " ".join(_LITTLE.sub(" ", said).split())
    if not word:
        return "转接" in said
    if _ZH_WORD.fullmatch(word):
        return True
    alone = all(map(_GREETING.fullmatch, before)) and not any(_THANKS.sub("", c) for c in behind)
    leading = said.partition(word)[0]
    if _SERVICE_WORD.fullmatch(word) and not said.endswith("了"):
        return _FETCHED.search(leading) is not None or (alone and said == word)
    asked = _VERB.search(said) is not None
    return _WORD.fullmatch(word) is not None and (asked or (alone and not _GREETED.match(said)))
