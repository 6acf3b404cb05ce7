"""Holes in a text, which are the same in every language, and abuse, of which some is."""

from templates.courtesy.model import Level, Rule, any_of, rule

# Letters may be replaced by stars: f**k, sh*t.
ABUSE = (
    r"\bf+[u*@]+[c*k]+k(?:ing|er|ed|s)?\b", r"\bwtf\b", r"\bstfu\b", r"\b(?:bull)?sh[i1*!]t(?:ty|s)?\b",
    r"\bb[i1*]tch(?:es|ing)?\b", r"\bass+hole", r"\bbastard", r"\bidiots?\b", r"\bidiotic\b", r"\bmorons?\b",
    r"\bmoronic\b", r"\bretard", r"\bimbecile", r"\bdumbass", r"\bshut up\b",
)  # fmt: skip

CHINESE_ABUSE = rule(
    "abuse",
    Level.BLOCK,
    "请删去：任何时候都不辱骂",
    (
        *ABUSE,
        r"(?:傻|煞|沙|纱)(?:逼|比|b\b|叉|x\b|吊|屌|币|缺|冒|帽)",
        r"\bs[b13]\b",
        r"\b(?:tmd|nmsl|cnm|wcnm|nmd|mlgb|rnm|mmp)\b",
        r"(?:脑残|弱智|智障|白痴|蠢(?:货|猪|蛋|死|材)|笨(?:蛋|猪|死)|废物|垃圾人|人渣|混蛋|王八蛋|龟儿|杂种|畜生|贱(?:人|货)|婊|狗(?:东西|日|屁|娘养)|死(?:全家|妈|鬼|八婆|肥)|去死|找死|滚(?:蛋|开|出|远|!|吧|犊子|,|。|$)|放屁|闭嘴|神经病|精神病|变态|有病(?:吧|啊|!|,|。|$)|不要脸|臭不要脸|没教养|没素质|乡巴佬|土包子|穷(?:鬼|逼|酸)|泼妇|无赖|刁民|老不死|猪脑|二百五|臭(?:傻|娘们|三八|婊)|三八婆|他妈|你妈(?:的|逼|死)|你大爷|尼玛|操(?:你|蛋|他|您)|草泥马|我(?:操|艹|靠|擦|日)(?:,|!|。|你|$)|卧槽|妈的|妈蛋|日你|干你(?:娘|妈)|屁事|傻(?:子|瓜))",
    ),
    (
        r"(?:你|您|他|她|我|孩子|宝宝|妈|爸|阿姨|们)的?妈妈?的",
        r"妈妈的",
        r"(?:爸|舅|姑|姨|干|奶|岳|大|后|亲|老|宝)妈的",
        r"傻瓜(?:相机|式|机|操作|教程|包)",
        r"(?:翻|打|摇|翻)滚(?:,|。|吧)",
        r"(?:滚)(?:筒|轮|动|刷|珠|圆|烫|热|边)",
        r"(?:变态)(?:反应|辣|发育)",
        r"(?:神经病|精神病)(?:学|患者|院|科|变)",
        r"笨(?:蛋)?(?:重|鸟先飞)",
        r"他妈妈|她妈妈",
        r"死(?:机|角|皮)",
        r"废物(?:利用|箱|回收|处理)",
        r"二百五(?:十)",
        r"防(?:变态)",
        r"(?:开关|盒盖|请)?闭嘴(?:型|阀|巴)",
        r"有病(?:虫|毒|史|症)",
        r"傻子瓜子",
        r"(?:过滤|清理)(?:人渣)",
    ),
)

ENGLISH_ABUSE = rule(
    "abuse",
    Level.BLOCK,
    "take it out; nobody is insulted here",
    (
        *ABUSE,
        r"\bstupid(?:ity|ly)?\b",
        r"\bdumb\b",
        r"\bloser\b",
        r"\bpathetic\b",
        r"\bscrew you\b",
        r"\bignorant\b",
        r"\bliar\b",
        r"\bcrazy (?:person|woman|man|people|customer)\b",
        r"\bgo to hell\b",
        r"\bdrop dead\b",
        r"\bkill yourself\b",
    ),
    (
        r"\bstupid (?:of (?:me|us)|mistake (?:of ours|on our))\b",
        r"\bno (?:such thing as )?(?:a )?stupid question",
        r"\bnot (?:a )?stupid\b",
        r"\bdumb[ -]?(?:bell|waiter)s?\b",
        r"\bshut up(?:on)\b",
        r"\bsh[i1]tak",
        r"\bshut up (?:the )?(?:shop|box|lid)\b",
        r"\bthe idiot(?:'s)? (?:by|guide|abroad|dvd)\b",
    ),
)

PLACEHOLDERS = (
    r"\{\{[^{}\n]{0,60}\}\}", r"\{%[^%\n]{0,80}%\}", r"\$\{[^{}\n]{0,60}\}",
    r"\{[a-z_\p{Han}][a-z0-9_. \p{Han}]{0,40}\}", r"%(?:\([a-z_]+\))?s\b",
    r"\[(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|date|name|amount|number|phone|email|link)\b[a-z _'/#-]{0,40}\]",
    r"<(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|name|amount)\b[a-z _'/#-]{0,40}>",
    r"[\[<【](?:请?(?:填写|输入|插入)[^\]>】\n]{0,20}|[^\]>】\n]{0,6}(?:姓名|称呼|名字|订单号|单号|金额|日期|时间|电话|链接|商品名)(?:称)?)[\]>】]",
    r"\bx{3,}\b", r"_{4,}", r"\blorem ipsum\b", r"\btbd\b", r"\b(?:undefined|nan|null)\b",
    r"(?:先生|女士)/(?:女士|先生)", r"\b(?:mr|ms)\.?/(?:mrs|ms|mr)\b", r"某某|(?:×|○|〇){2,}",
)  # fmt: skip
NO_PLACEHOLDERS = (
    r"\bsize[s:]? x{3,}l?\b",
    r"x{3,}l\b",
    r"尺码[^。]{0,6}x{3,}",
    r"\d{3,}x{3,}",
    r"null and void",
)


def placeholder(message: str) -> Rule:
    """A hole that nobody filled."""
    return Rule(
        name="placeholder", level=Level.BLOCK, said=any_of("(?i)" + "|".join(PLACEHOLDERS)),
        excused=any_of("(?i)" + "|".join(NO_PLACEHOLDERS)), message=message, is_raw=True,
    )  # fmt: skip
