"""What others said, and titles: words that stand in a text without being said to its reader.

A quotation counts where something says that it is one: 您说“等着吧”, "calm down" was what you were
told. What the writer quotes of their own, 我说过“…”, and what a reader is called, you "genius", is
said by the writer: the group `own` takes it first, so that nothing else can.
"""

from templates.courtesy.model import Pattern


def _own(said: tuple[str, ...]) -> str:
    return f"(?P<own>{'|'.join(said)})"


_QUOTE_ZH = r"[“\"「『][^”\"」』\n]{1,60}[”\"」』]"
_SAY_ZH = r"(?:说|讲|回复|回答|答复|告诉|表示|骂|称|叫|写|回)"
_OWN_ZH = (
    rf"我们?(?:都|早|就|已经?|刚才?|再)*(?:跟|和|对)?(?:您|你)?(?:都|早|就|已经?)*{_SAY_ZH}[过了得]*[:,]?{_QUOTE_ZH}",
    rf"(?:您|你)(?:们|这|个|这个|就|就是|是|真|真是|简直)*{_QUOTE_ZH}",
)
_OTHERS_ZH = (
    r"(?:(?:同事|客服|店员|快递|师傅|司机|卖家|商家|前台|主管|对方|有人|朋友|家人|厂家|顾客|客户|买家"
    r"|邻居|门卫)员?|(?:^|[,。!?:;])(?:他|她)们?)"
)

REPORTED_ZH = Pattern(
    "|".join(
        (
            _own(_OWN_ZH),
            r"《[^》\n]{1,40}》",
            rf"(?:{_SAY_ZH}[了过您你是的道着成为]*|听到|听见|收到|看到|提到|评论|评价|留言|反馈|那句|这句|一句|所谓|诸如|类似|比如|例如|用|写着|名为|片名|书名|品牌|的)[^,。!?“\"「『]{{0,3}}[:,]?{_QUOTE_ZH}",
            rf"{_QUOTE_ZH}(?:这|那|的|之类|等|一|让|使|令|确实|不该|不应|是|给|伤|并|系列|款|牌|型|主题|模式|套装|礼盒)",
            rf"{_OTHERS_ZH}[^,。!?没不]{{0,8}}?(?:说|讲|表示|骂|告诉|回复)[了过您你的]*[^,。!?]{{1,24}}",
            r"(?:^|[,。!?]|因为|关于|既然|看到|像|就|按|如果)(?:您|你)(?:说|提到|反映|反馈|听到|收到|遇到|写)(?:了|到)?[^,。!?的话够完来去出]{1,2}[^,。!?]{0,20}",
            rf"(?:我|我们|同事|客服|店员|师傅|快递|快递员|他|她|他们|人员|绝|决|从|都|也|确实)不(?:该|应该?|会)[^,。!?]{{0,6}}(?:{_SAY_ZH}|让|请)(?:您|你|客户|顾客)?[^,。!?]{{1,20}}",
            r"(?:不|没有?|并非|并不)(?:是)?(?:在)?(?:说|怪|指|责怪|指责)(?:您|你)[^,。!?]{0,16}",
            r"(?:没有|不是)[^,。!?]{1,16}的意思",
        )
    )
)

_QUOTE_EN = r"[“\"][^”\"\n]{1,80}[”\"]"
_SAY_EN = r"(?:said|says?|saying|told|tells?|telling|called|calls?|calling|wrote|writes?|replied|answered|asked|asking|claimed|suggested|mentioned)"
_OWN_EN = (
    rf"\b(?:i|we)(?:'ve| have)?(?: already| just| clearly)? (?:said|told you|wrote|say)[:,]? ?{_QUOTE_EN}",
    rf"\byou(?:'re| are| were)?(?: such| just| really| all)*(?: an?| the)? {_QUOTE_EN}",
    r"\b(?:i|we) (?:won't|will not) (?:say|tell|ask|repeat)[^.!?]{0,24}\b(?:again|twice)",
)
_OTHERS_EN = (
    r"(?:he|she|they|nobody|no one|somebody|someone|(?:my|our|a|an|the|your|that|this|another|no)(?: \w+)?"
    r" (?:colleague|agent|courier|driver|seller|manager|friend|neighbou?r|clerk|technician|assistant|person|team|staff|shop|carrier|operator|bot)s?)"
)
_KINDS_EN = r"(?:films?|movies?|books?|novels?|albums?|songs?|tracks?|games?|series|shows?|musicals?|podcasts?|plays?|comics?|posters?|t-shirts?|bands?|brands?|dvds?|blu-rays?|paint|titled|entitled|named)"

REPORTED_EN = Pattern(
    "|".join(
        (
            _own(_OWN_EN),
            rf"\b(?:{_SAY_EN}|words?|phrase|line|hear|heard|hearing|reads?|sentence|comments?|message|review|answer|reply|like|as|with|the|that|{_KINDS_EN})(?: you)?[:,]? ?{_QUOTE_EN}",
            rf"{_QUOTE_EN},? (?:is|was|are|were|isn't|wasn't|must|should|does|did|by|from|as|they|he|she|my|our|the|and)\b",
            rf"\b{_OTHERS_EN}(?: \w+){{0,3}} {_SAY_EN}\b[^.!?,;]{{0,60}}",
            rf"\b{_OTHERS_EN} (?:will|would|should|must|can|may) (?:\w+ ){{0,2}}{_SAY_EN}\b[^.!?,;]{{0,60}}",
            rf"\b(?:i|we|he|she|they|nobody|who|agents?|colleagues?) (?:did|do|would|will|should|must)(?:n't| not| never)(?: ever| mean to| want to)?(?: have)?(?: been| be)? (?:{_SAY_EN}|suggest|imply|mean (?:that|you))\b[^.!?,;]{{0,60}}",
            rf"\b(?:would|should|will|must|did) never(?: have)? (?:{_SAY_EN}|suggest|imply)\b[^.!?,;]{{0,60}}",
            r"\b(?:sorry|apologi[sz]e|regret|upsetting|rude|wrong|unacceptable)\b[^.!?,;]{0,20}\b(?:were|being|been) (?:told|called|asked|treated|made)\b[^.!?,;]{0,60}",
            r"\byou (?:said|wrote|told us|reported|mentioned|heard|felt) (?:that )?(?:he|she|they|we|i|it|the|our|my|a|one)\b[^.!?,;]{0,60}",
            rf"\b{_KINDS_EN}(?: called| named| of)? (?:[\w']+ ){{0,4}}(?:dumb|stupid|idiots?|liar|losers?|pathetic|morons?|bastards?|shit|bitch|crazy)\b",
            r"\b(?:dumb|stupid|idiots?|liar|losers?|bastards?|bitch)(?: [\w']+){0,3} (?:dvd|blu-ray|album|soundtrack|poster|box set|t-shirt|paperback)\b",
            r"\b(?:mr|mrs|ms|mx|dr|prof|dear miss)\.? [\w'-]+",
        )
    )
)
