"""Holes in a text, which are the same in every language, and abuse, of which some is."""

from templates.courtesy.model import Level, Rule, any_of, rule

# Letters may be replaced by stars: f**k, sh*t.
ABUSE = (
    r"\bf+[u*@]+[c*k]+k(?:ing|er|ed|s)?\b", r"\bwtf\b", r"\bstfu\b", r"\b(?:bull)?sh[i1*!]t(?:ty|s)?\b",
    r"\bb[i1*]tch(?:es|ing)?\b", r"\bass+hole", r"\bbastard", r"\bidiots?\b", r"\bidiotic\b", r"\bmorons?\b",
    r"\bmoronic\b", r"\bretard(?:s|ed)?\b", r"\bimbecile", r"\bdumbass", r"\bshut up\b",
)  # fmt: skip

CHINESE_ABUSE = rule(
    "abuse",
    Level.BLOCK,
    "请删去：任何时候都不辱骂",
    (
        *ABUSE,
        r"(?:傻|煞)(?:逼|比|b\b|叉|x\b|吊|屌|币|缺|冒|帽|笔|臂)|(?:沙|纱)(?:逼|吊|屌|币)|鲨(?:逼|臂)",
        r"(?:您|你|个|是|大|真|群|,|^)(?:沙|纱)(?:比|b\b|叉|x\b)(?:[,。!?了吧啊的]|$)",
        r"(?:您|你)(?:们)?(?:算|算是|算个)(?:个)?什么东西|算老几|(?:脑子|脑袋|脑壳)(?:是不是)?(?:进水|有(?:病|问题|坑|毛病)|坏|被驴|瓦特|秀逗|不正常)",
        r"(?:您|你|个|大)s[\s.*_]{0,2}b\b|闭上(?:您|你)?的?嘴|你丫(?:的|有|挺|真|就|给|闭)|你妹(?:的|啊|!)|(?:您|你)(?:是不是|真|就是|丫|这人)?(?:真)?有毛病(?:吧|啊|吗|!|\?|。|$)|(?:您|你)(?:是不是|真|就是)?(?:真)?有病(?:吧|啊|吗|!|\?|。|,|$)",
        r"\bsb\b|\bs[\s.*_·]{1,2}b\s?(?:客户|客服|顾客|买家|卖家|商家|老板|东西|玩意)|(?:^|[,。!?])s[\s.*_·]{1,2}b(?:[,。!?]|一个|$)",
        r"\b(?:tmd|nmsl|cnm|wcnm|nmd|mlgb|rnm|mmp)\b",
        r"(?:脑残|弱智|智障|白痴|蠢(?:货|猪|蛋|死|材)|笨(?:蛋|猪|死)|废物|垃圾人|人渣|混蛋|王八蛋|龟儿|杂种|畜生|贱(?:人|货)|婊|狗(?:东西|日|屁|娘养)|死(?:全家|妈|鬼|八婆|肥)|去死|找死|滚(?:蛋|开|出|远|!|吧|犊子|,|。|$)|放屁|闭嘴|神经病|精神病|变态|有病吧|不要脸|臭不要脸|没教养|没素质|乡巴佬|土包子|穷(?:鬼|逼|酸)|泼妇|无赖|刁民|老不死|猪脑|(?:是|真|就)?个二百五|(?:您|你)[^,。]{0,3}二百五(?:[,。!吧啊]|$)|臭(?:傻|娘们|三八|婊)|三八婆|(?:你|真|太|都|还|就|什么|去)他妈|他妈(?:的|逼)|你妈(?:的|逼|死)|你大爷|尼玛|操(?:你|蛋|他|您)|草泥马|我(?:操|艹|靠|擦|日)(?:,|!|。|你|$)|卧槽|妈的|妈蛋|日你|干你(?:娘|妈)|屁事|傻(?:子|瓜))",
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
        r"(?:爸|舅|辣|伯|婶|准|二胎|新手|单亲|全职)妈的|(?:给|和|跟|为|替|帮|送|寄|让)他妈的?",
        r"沙比(?:利|尔|克|诺)|细?纱比|沙雕(?:像|塑|展|节)",
        r"(?:水|汤|油|粥|烧|煮|开|沸|翻|打|摇|驴打)滚",
        r"(?:生|节|假|今|明|昨|每|当|近|周|平|工作|纪念|休息|整|改|即|次|隔|往|末)日(?:你|干)",
        r"(?:体|做|健美|广播|健身|课间|早|瑜伽|情)操(?:你|您|他)",
        r"(?:厨余|工业|医疗|有害|危险|生活|放射性?|电子|可回收|代谢|建筑|固体)废物",
        r"(?:智障|弱智|精神病|变态)(?:人士|儿童|者|学校|患者|心理学)",
        r"(?:宝宝|婴儿|孩子|宝贝|狗狗|猫咪?|小儿)[^,。]{0,6}放屁|放屁(?:多|少|频繁)",
        r"猪脑(?:花|汤|髓)",
        r"乡巴佬(?:卤|鸡|鸭|牌|豆|熟食|猪|牛|香)",
        r"尼玛(?:先生|女士|小姐|老师|县|扎西|次仁|卓玛|·)",
        r"死(?:肥料)|(?:给|喂)狗东西",
        r"(?:开关|盒盖|请)?闭嘴(?:型|阀|巴)",
        r"有病(?:虫|毒|史|症)",
        r"傻子瓜子",
        r"(?:过滤|清理)(?:人渣)",
        r"煞笔(?:之作|之处|的)|抹煞笔|(?:以|用)[^,。]{1,8}煞笔",
        r"\bsb[\s_-]?[0-9]|[0-9a-z][_/-]sb\b|[0-9a-z][\s.-]{1,2}s[\s.*_·]{1,2}b|b\s?客户端",
        r"(?:型号|编码|编号|款号|货号|批次|规格|代码|字母|前缀|后缀|车牌)[^,。]{0,8}\bsb\b",
        r"(?:nike|耐克|dunk)\s?sb\b|\bsb\s?(?:dunk|板鞋|滑板|系列|款|型|版|接口)",
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
        r"\b(?:you|u)(?:'re| are)?(?: such| just| nothing but| all)*(?: an?)?(?: \w+)? (?:clowns?|donkeys?|muppets?|twats?|wankers?|pricks?|jerks?|creeps?|scumbags?|cheapskates?|crybab(?:y|ies)|peasants?|whiners?|weirdos?|psychos?)\b",
        r"\bonly an? (?:fool|clown)\b|\byou(?:'ve| have)? (?:got )?no (?:brains?|manners|shame|decency)\b|\b(?:brainless|half-?wits?|nitwits?|dimwits?|numbskulls?)\b",
        r"\b(?:you are|you're)(?: such| just| nothing but)*(?: an?)(?: \w+)? (?:fool|pig|cow|freak|scum|joke|cheat|thief|scammer|fraud|troll|nuisance|disgrace|waste of space)\b",
        r"\bwhat(?:'s| is| the hell is| on earth is) wrong with you(?: people)?(?:[.?!]|$)",
        r"\bare you (?:just |really )?(?:deaf|blind|mad|crazy|slow|drunk)(?:,? or (?:what|something|just)|\?)",
        r"\bare you (?:just |really )?(?:dense|thick|nuts|insane|illiterate|brain[ -]?dead|out of your mind)\b",
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
        r"\bdumb[ -]?(?:bell|waiter|phone|tv|terminal|device|charger|watch|cane)s?\b",
        r"\b(?:idiot|moron|bitch)[ -](?:proof|light|board|box|mitten)",
        r"\bbastard (?:file|cut|sword|toadflax)",
        r"\b(?:my|our|a) (?:own )?stupid (?:mistake|error|slip|oversight)\b",
        r"\bare you (?:mad|crazy) (?:about|for)\b",
        r"\bshut up(?:on)\b",
        r"\bsh[i1]tak",
        r"\bshut up (?:the )?(?:shop|box|lid)\b",
        r"\bshut up to (?:the|its|a|about|half|[0-9])",
        r"\b(?:stupid|dumb)[ -]?proof",
        r"\bthe idiot(?:'s)? (?:by|guide|abroad|dvd)\b",
    ),
)

PLACEHOLDERS = (
    r"\{\{[^{}\n]{0,60}\}\}", r"\{%[^%\n]{0,80}%\}", r"\$\{[^{}\n]{0,60}\}",
    r"\{[a-z_\p{Han}][a-z0-9_. \p{Han}]{0,40}\}", r"%(?:\([a-z_]+\))?s\b",
    r"\[(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|date|name|amount|number|phone|email|link)(?:[ _'/#-][a-z _'/#-]{0,40})?\]",
    r"<(?:insert|your|customer|client|agent|first|last|full|order|product|company|tracking|name|amount)(?:[ _'/#-][a-z _'/#-]{0,40})?>",
    r"(?-i:<[A-Z]+_[A-Z_]+>)",
    r"[\[<【](?:请?(?:填写|输入|插入)[^\]>】\n]{0,20}|[^\]>】\n]{0,6}(?:姓名|称呼|名字|订单号|单号|金额|日期|时间|电话|链接|商品名)(?:称)?)[\]>】]",
    r"\bx{3,}\b", r"x{2,}(?:先生|女士|小姐|老师|太太|客户|顾客|元|年|月|日|天|小时|点)", r"x年x|x月x",
    r"(?:\b(?:by|on|before|until|till|at|from|due|date:?) |日期:?\s?|[在于到前])xx[/.:-]xx(?:[/.-](?:x{2,4}|[0-9]{2,4}))?\b", r"单号:?\s?x{2,}\b",
    r"(?:客服|我是|尊敬的|亲爱的|您好[,!]?|工号|姓名)x{2,}", r"\b(?:dear|hello|hi|mr|mrs|ms|miss|dr|prof)\.?,? (?:(?:mr|mrs|ms|miss|dr)\.? )?x{2,}\b", r"_{4,}", r"\blorem ipsum\b", r"\btbd\b", r"\b(?:undefined|nan|null)\b",
    r"(?:先生|女士)/(?:女士|先生)", r"\b(?:mr|ms)\.?/(?:mrs|ms|mr)\b", r"某某|(?:×|○|〇){2,}",
)  # fmt: skip
NO_PLACEHOLDERS = (
    r"\bsize[s:]? x{3,}l?\b",
    r"x{3,}l\b",
    r"尺码[^。]{0,6}x{2,}",
    r"\d{3,}x{3,}",
    r"null and void",
    r"\bsizes? xx\b",
    r"单号:?\s?x{2,}(?:开头|结尾|打头)",
    r"<[a-z_]+>[^<>\n]{1,60}</[a-z_]+>",  # what a tag encloses is there
)


def placeholder(message: str) -> Rule:
    """A hole that nobody filled."""
    return Rule(
        name="placeholder", level=Level.BLOCK, said=any_of("(?i)" + "|".join(PLACEHOLDERS)),
        excused=any_of("(?i)" + "|".join(NO_PLACEHOLDERS)), message=message, is_raw=True,
    )  # fmt: skip
