"""Questions about a case of one's own: whether something was done, is late, or was refused.

No article knows that, however near its words are: "Where is my refund" asks for this refund, and
"How long does a refund take" for any. By rule; a rule too many leaves a question to people.
"""

import re
import unicodedata

from gateway.domain.scripts import SIMPLIFIED

LOOKED_AT = 400  # characters of a question

_THINGS = (
    r"(?:退款|退货|退的?钱|快递|物流|包裹|订单|单子|货|钱|款|东西|件"
    r"|发票|积分|换货|维修|优惠券|礼物|赠品)"
)
_DONE = r"(?:退|到|发(?!票)|收(?!据)|寄|开(?!封|过)|换|修|回|来|送|动|处理|更新|解决|审核|受理)"
_CHINESE = re.compile(
    # what did not happen, or not yet
    rf"还没|还未|还不{_DONE}|迟迟|一直[没不未在]|[没未](?:有)?(?:给我?)?{_DONE}|没动静|没消息|没人"
    # what is not done; who does not like something, or whom it does not fit, may still ask
    r"|不(?:给我?)?(?:退|发货|到账|开(?:电子)?发?票|换货|保修|维修|处理|受理|理)"
    r"|(?:怎么|为什么|为啥|咋|凭什么)(?:就|又|都|会)?(?:还(?!款)|不|没|被|未)"
    # where it is, and how far
    rf"|我(?:们)?的?{_THINGS}(?:现在|到底)?"
    r"(?:呢|怎么样|怎么了|咋了|什么情况|(?:在|到|去|送到|走到)?哪(?:里|儿)?了?[？?!！。]*$)"
    rf"|{_THINGS}(?:到|去)哪(?:里|儿)?了|(?:到账|发货|寄出|发出|退款|处理|审核|退)(?:了吗|了没|没有|了没有)"
    r"|(?:帮我|给我|替我|帮忙)(?:查|看|催|问|跟进|核实|处理)|催(?:一下|促|下)|查(?:一?下)?我的"
    r"|都(?:几|[一二两三四五六七八九十半\d]+)(?:个)?(?:天|周|星期|月|小时)了|[\d一二两三四五六七八九十几](?:个)?(?:天|周|星期|月)了"
)
_ENGLISH = re.compile(
    r"\bwhere(?:'s|'re| is| are| has| have| did)(?: \w+)? (?:my|our)\b"
    r"|\bwhere (?:my|our) (?:\w+ )?(?:is|are|was|has|have|went)\b"
    r"|\b(?:is|are|was|were|has|have) (?:my|our)\b|\bdid (?:you|they) (?:\w+ )?\w+ my\b"
    r"|\b(?:has|have|did|was|were)(?:n't| not)\b|\bnot yet\b"
    r"|\bnever (?:got|came|come|arrived|received)\b"
    r"|\bstill (?:not|no|waiting|missing)\b|\b(?:wait(?:ed|ing)|been) (?:for|since)\b|\bfinally\b"
    r"|\bno (?:refund|money|answer|reply|news|update|parcel|delivery|invoice|exchange|points)\b"
    r"|\bwhy (?:is|are|was|were|has|have|had|did|do|does|can|am|won|isn|hasn|haven)\b|\bhow come\b"
    r"|\bwhat (?:happened|is happening|happens|is going on)\b|\bany (?:news|update)|\bstatus of\b"
    r"|\b(?:you|please) (?:please )?(?:check|track|chase|look (?:up|into))\b"
    r"|\bmy (?:\w+ ){1,3}?(?:not|never|still|missing|lost|late|gone|wrong|broken|stuck"
    r"|declined|refused|rejected|delayed|less|disappeared)\b"
)


def of_their_own(question: str) -> bool:
    """Whether it asks after something that happened to its writer, and not how things are done."""
    asked = unicodedata.normalize("NFKC", question[:LOOKED_AT]).casefold().replace("’", "'")
    asked = asked.translate(SIMPLIFIED)
    return bool(_CHINESE.search(asked) or _ENGLISH.search(asked))
