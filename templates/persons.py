"""How a customer is addressed: by a name that is a person's, with a title only if it was stated.

Nobody's sex is guessed from a name. What people call themselves on-line (`小红帽🎀`, `user_123`, a
number) is no name to greet by: then the greeting goes without one.
"""

import re
import unicodedata

# Surnames of one character, in both scripts; those that most people bear. Some
# rare ones that begin everyday words are left out.
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈"
    "姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "常温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季"
    "裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁蒲房滕屈饶解牟艾尤阳穆农司卓古吉缪简车项连芦麦褚娄窦"
    "戚岑景党宫费卜冷晏席卫米柏宗瞿桂佟应臧闵苟邬边卞姬师仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩佘池查麻"
    "苑迟邝封谈匡鞠惠荆乐冀郁胥南班储栗燕楚鄢劳谌奚粟冼蔺楼厉伊仝区郜海阚花屠豆朴盖练"
    "廉禹井祖漆巴丰卿狄平宣晋云扈晁芮普阙浦戈伏鹿薄邸雍辜羊阿乌母裘亓修邰赫杭况宿"
    "張劉陳楊黃趙吳孫馬羅鄭謝許韓馮鄧蕭葉蘇呂盧鍾鐘譚陸汪範賈韋鄒閻龍陶賀顧龔邵萬錢嚴湯莊聶魯關蘭紀畢單駱藍"
    "遊饒麥簡車項連婁黨費衛應師榮叢鞏樂區權鳳溫歐齊喬龐顏甯寧塗華"
)  # fmt: skip
_DOUBLE_SURNAMES = frozenset(re.findall(r"\w+", """
    欧阳 歐陽 司马 司馬 上官 诸葛 諸葛 东方 東方 皇甫 尉迟 尉遲 公孙 公孫 慕容 司徒 令狐
    夏侯 宇文 长孙 長孫 独孤 獨孤 南宫 南宮 西门 西門 端木 轩辕 軒轅 范姜 張簡 张简
"""))  # fmt: skip
_MOST_GIVEN = 2  # characters of a Chinese given name

# How a title is called in each manner; the keys are what people may state.
_TITLES: dict[str, dict[str, str]] = {
    "ms": {"zh-CN": "女士", "zh-TW": "女士", "": "Ms"},
    "mrs": {"zh-CN": "太太", "zh-TW": "太太", "": "Mrs"},
    "miss": {"zh-CN": "小姐", "zh-TW": "小姐", "": "Miss"},
    "mr": {"zh-CN": "先生", "zh-TW": "先生", "": "Mr"},
    "mx": {"zh-CN": "", "zh-TW": "", "": "Mx"},
    "dr": {"zh-CN": "博士", "zh-TW": "博士", "": "Dr"},
    "prof": {"zh-CN": "教授", "zh-TW": "教授", "": "Professor"},
    "teacher": {"zh-CN": "老师", "zh-TW": "老師", "": ""},
    "doctor": {"zh-CN": "医生", "zh-TW": "醫師", "": "Dr"},
}
_STATED = {
    word.lower(): key  # Dr is a doctor of whatever it may be, unless a physician was stated
    for key, row in reversed(_TITLES.items())
    for word in (key, *row.values())
    if word
} | {"professor": "prof", "医师": "doctor", "醫生": "doctor"}
_SUFFIX = re.compile(
    "(.+?)(女士|先生|小姐|太太|博士|教授|老师|老師|医生|醫師|醫生|经理|經理|师傅|師傅|同学|同學)"
)
_PREFIX = re.compile(r"(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Herr|Frau|Mme|Madame|Sir)\.? +(.+)")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
_LATIN_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*\.?")
_MOST_WORDS = 5
_MOST_LETTERS = 40
# Names of nobody, and of companies: whoever writes from an account so called is no person of it.
_NOBODY = frozenset(re.findall(r"\w+", """
    admin administrator anonymous buyer client contact customer demo guest hello help hi info
    member nobody none null office order orders sales service shop store support team test tester
    undefined unknown user visitor webmaster co company corp gmbh inc llc ltd plc ag group
    """))  # fmt: skip
_PARTICLES = frozenset(re.findall(r"\w+", """
    al bin da das de del della den der di do dos du el ibn la le van von y zu
"""))  # fmt: skip
_NO_NAME = frozenset(
    ("顾客", "客户", "用户", "访客", "游客", "匿名", "顧客", "客戶", "訪客", "遊客", "微信用户")
)


class UnknownTitle(ValueError):
    """Nobody is called by this title."""


def addressed(name: str, manner: str, title: str = "") -> str:
    """The name as its bearer is addressed; "" when it is no person's. Raises UnknownTitle.

    `title` is what the customer stated (ms, 女士, Dr), never what a name sounds like. One that is
    part of the name (王先生) stays: a provider's display name is what its bearer chose.
    """
    key = _STATED.get(title.strip().rstrip(".").lower())
    if title.strip() and key is None:
        there = ", ".join(_TITLES)
        raise UnknownTitle(f"has the title {title.strip()[:20]!r}, which is none of {there}")
    if not is_a_persons(name):
        return ""
    if key is None or bare(name) != name:
        return name
    row = _TITLES[key]
    if manner in row:
        return name + row[manner]
    return f"{row['']} {name}".strip()


def bare(name: str) -> str:
    """A name without the title that it carries."""
    found = _PREFIX.fullmatch(name) or _SUFFIX.fullmatch(name)
    return found[1] if found else name


def is_a_persons(name: str) -> bool:
    """Whether it reads as a person's name, and not as a nickname, an account or a company."""
    own = bare(name)
    titled = own != name
    if _HAN.fullmatch(own):
        return own not in _NO_NAME and _is_chinese(own, least=0 if titled else 1)
    words = own.split(" ")
    if not 0 < len(words) <= _MOST_WORDS or len(own) > _MOST_LETTERS:
        return False
    return all(_is_word_of_a_name(word) for word in words)


def _is_chinese(name: str, least: int) -> bool:
    """A surname and a given name of at least so many characters."""
    for surnames, length in ((_DOUBLE_SURNAMES, 2), (_SURNAMES, 1)):
        given = len(name) - length
        if name[:length] in surnames and least <= given <= _MOST_GIVEN:
            return True
    return False


def _is_word_of_a_name(word: str) -> bool:
    if not _LATIN_WORD.fullmatch(word) or word.rstrip(".").lower() in _NOBODY:
        return False
    # Scripts without capitals have no small letters to tell a nickname by.
    return word[0].isupper() or unicodedata.category(word[0]) == "Lo" or word in _PARTICLES
