"""What is said and not said in English."""

from msgspec.structs import replace

from templates.courtesy.model import Level, Manner, Pattern, needed, rule
from templates.courtesy.reported import REPORTED_EN
from templates.courtesy.rude_en import RUDE
from templates.courtesy.shared import ENGLISH_ABUSE, placeholder

_FORBIDDEN = (
    *RUDE,
    rule(
        "slang",
        Level.HINT,
        "write it out in plain English",
        (
            r"\b(?:gonna|wanna|gotta|kinda|sorta|dunno|gimme|lemme|y'?all|ain'?t|innit|dude|bruh|homie|lol|lmao|rofl|omg|idk|tbh|imo|btw|thx|plz|pls|ur|u|cuz|coz|nope|yep|yup|nah|yo|sup|wassup|mate|buddy|sweetie|honey|hun|luv|legit|lit|bummer|sucks?|crappy|crap|damn|dang|freaking|no worries mate|my bad|chill|cheers mate|ya|wot|bloke|reckon|peeps|noob|af|b4|gr8|l8r|2moro|2day)\b",
            r"\bbro\b",
            r"\bno biggie\b",
            r"\bain'?t\b",
            r"\bmy bad\b",
            r"\bhang tight\b",
        ),
        (
            r"\b(?:honey|manuka|hun|lit)[ -](?:jar|pot|pots|jars|gold|oat|colou?red?|blend|tea|scented|comb|display|keyboard|screen|candle)s?\b",
            r"\b(?:manuka|of|raw|organic|with|acacia|the|and|in) honey\b",
            r"\b(?:well|back|is|are|be|brightly)[ -]lit\b",
            r"\bchill(?:er)? (?:the|for|drawer|mode|zone|it|in|before)\b",
            r"\b(?:mate|huawei|the|room|team|bed|class|soul) mate\b",
            r"\bmate (?:\d|x|pro|tea|view|s\b|pad)",
            r"\byerba mate\b",
            r"\bu[ -](?:shaped?|bolt|lock|turn|pillow|bend|disk)\b",
            r"\b(?:type|size|figure|u\.s|u\.|/|form|column) ?u\b",
            r"\byo-yo\b",
            r"\bsucks? (?:up|in|the|air|dust)\b",
            r"\bcrap(?:s)? table\b",
            r"\bhunter\b",
            r"\bbuddy (?:program|system|holly|pass)\b",
            r"\bdr\.? sup\b",
            r"\bya(?:-| )ya\b",
            r"\bnfl yup\b",
            r"\bbro (?:cable|kit)\b",
            r"\bmate\.com\b",
            r"\b(?:a|chess)[ -]?mate\b",
        ),
    ),
    rule(
        "urgency",
        Level.WARN,
        "name the date if there is one; do not press",
        (
            r"\bact (?:now|fast)\b",
            r"\b(?:your |the |absolute )?(?:very )?last chance\b",
            r"\b(?:now or never|don'?t miss out|before it'?s too late)\b",
            r"\bonly (?:\w+ )?(?:\w+ )?left in stock[^.]{0,12}(?:hurry|buy|order|!)",
            r"\b(?:hurry|hurry,|quick,) (?:before|while|buy|order|offer|and|only|these|this|stocks?)\b",
            r"\bselling out fast\b",
            r"\bonly (?:today|\d+ (?:left|minutes|hours))[!,]",
            r"\bonce in a lifetime\b",
            r"\bexpires (?:in minutes|any second)\b",
            r"\b(?:buy|order|pay|decide|confirm) (?:it )?(?:right )?now or\b",
            r"\beveryone is buying\b",
            r"\bor you(?:'ll| will) (?:lose|regret|miss)\b",
            r"(?:^|[.!?,:;] ?|\bnow )(?:buy|order|book|decide|act|subscribe|sign up)\b[^.!?]{0,24} or you (?:lose|miss|regret)\b",
            r"\bfinal warning\b",
        ),
        (
            r"\b(?:not|no|isn'?t|without) (?:the |your )?(?:very )?last chance\b",
            r"\bdo(?:n'?t| not) (?:need to |have to )?(?:hurry|rush|act now)\b",
            r"\blast chance to (?:change|cancel|edit|amend|correct)\b",
            r"\bno need to (?:hurry|act fast|rush)\b",
            r"\b(?:pay|order|buy|decide|confirm) (?:it )?now or (?:on|in|at|by|when|after|later|with|tomorrow)\b",
            r"\b(?:to |to ?let us )?act (?:fast|now) (?:on|when|to (?:stop|find|fix|recover|block))\b",
            r"\bwe (?:will |can |must )?act (?:fast|now)\b",
        ),
    ),
    rule(
        "sensitive",
        Level.WARN,
        "promise only what is certain and allowed",
        (
            r"\b100 ?% (?:guaranteed?|effective|safe|cure|cures|satisfaction guaranteed|risk[ -]free)\b",
            r"\bmiracle (?:cure|product|drug)\b",
            r"\b(?:the )?best in the world\b",
            r"\b(?:number one|no\.? ?1|#1) in the (?:world|country|market)\b",
            r"\bcures? (?:all|any|every|cancer|diabetes|everything)\b",
            r"\b(?:absolutely|completely) risk[ -]free\b",
            r"\bnever (?:breaks|fails)\b",
            r"\bguaranteed (?:profit|returns?|income)\b",
            r"\b(?:pay|transfer|send)(?: me| the money)? (?:outside|off)(?: of)? the (?:platform|shop|site)\b",
            r"\b(?:pay|send money|transfer)[^.!?]{0,20}(?:to|into) my (?:private|own|personal) account\b",
            r"\bfive[ -]star review (?:and|for a|gets|earns)[^.!?]{0,30}(?:refund|cash|gift|voucher|coupon)\b",
            r"\b(?:delete|remove|change) your (?:bad |negative |one[ -]star )?review\b",
            r"\b(?:take down|delete|remove|change|edit|update|raise|improve|withdraw|upgrade|leave|give us|post)\b[^.!?;]{0,24}\b(?:review|rating|five stars|5 stars)\b[^.!?;]{0,40}\b(?:voucher|gift|refund|cash|coupon|discount|money back|reward|credit|pay you|dollars?)\b",
            r"\b(?:voucher|gift|gift card|refund(?: you)?|cash|coupon|discount|money back|reward|credit|pay you)\b[^.!?;]{0,16}\b(?:for|if|once|when|after|in exchange for|against)\b[^.!?;]{0,30}\b(?:(?:five|5|four)[ -]stars?|(?:good|positive|better|higher|your) (?:star )?(?:review|rating))\b",
            r"\bkill yourself\b",
            r"\bgo to hell\b",
            r"\bdrop dead\b",
        ),
        (
            r"\b(?:cannot|can'?t|not|never|no) (?:be |promise |claim |a |say )*(?:that )?(?:it is )?(?:100 ?%|the best|a miracle|miracle|absolutely)[^.!?]{0,20}",
            r"\b(?:cannot|can'?t|do not|don'?t|never|no|not) (?:\w+ ){0,5}(?:guaranteed|cures?|pay|transfer|delete|remove|change|outside)\b",
            r"\b(?:can|may|could|free to|like to) (?:\w+ or )?(?:edit|change|delete|remove) your\b",
            r"\bnever (?:pay|transfer|send)[^.!?]{0,40}",
        ),
    ),
    ENGLISH_ABUSE,
    rule(
        "internal",
        Level.BLOCK,
        "this is for colleagues: write it as a note",
        (
            r"[\[(]?\binternal(?: note| only| use only| comment| memo)\b",
            r"\[internal\]",
            r"\bnote to self\b",
            r"\b(?:do not|don'?t) (?:tell|show|inform|forward to|mention (?:this|it) to|let) (?:this to )?the (?:customer|client)\b",
            r"\bfor (?:internal|agents?|staff|colleagues)(?: eyes)? only\b",
            r"\bconfidential:? (?:for staff|internal)\b",
            r"\bfyi (?:team|colleagues|guys)\b",
            r"^(?:@\w+|team|hey team|colleagues)[,:] (?:can|could|please|this|the customer)\b",
            r"(?:^|[.!?\n] ?)(?:internal|staff only|agents? only|team only) ?[:-] ?[^.!?]{0,30}\b(?:customer|client|buyer|he|she|him|her|this one|refund|reject|stall|escalate|do not|don'?t)\b",
            r"\b(?:customer|client|buyer) is (?:such )?(?:a|an) (?:pain|nightmare|nuisance|liar|time ?waster|troublemaker|idiot)\b|\bstall (?:him|her|them|the customer)\b",
            r"\b(?:the|this) (?:customer|client) (?:is (?:angry|difficult|annoying|lying|a pain|rude|a known|high risk|flagged)|keeps)\b",
            r"\bprobably lying\b",
            r"\bcost price\b",
            r"\bblacklist(?:ed)?\b",
            r"\bcc supervisor\b",
            r"\bescalat(?:e|ed) to tier\b",
            r"\bcustomer seems\b",
            r"\bassign(?:ed)? to @",
        ),
        (
            r"\b(?:doors?|entrance|areas?|rooms?|lifts?|stairs|parking|toilets?|gates?)\b[^.!?]{0,20}\bfor staff only\b",
            r"\binternal (?:memory|storage|battery|note ?book)\b",
        ),
    ),
    replace(
        rule(
            "shouting",
            Level.WARN,
            "write in small letters, with one mark at the most",
            (
                r"\b(?:[A-Z][A-Z']*[ ,!]+){0,12}(?:YOU|YOUR|THE|NOT|PLEASE|NOW|MUST|STOP|ARE|ALREADY|TOLD|WAIT|NEVER|THIS|READ|AGAIN|IMMEDIATELY|WHY|HAVE|WILL|CANNOT|CAN'T|DON'T|LISTEN|SORRY)(?:[ ,!]+[A-Z][A-Z']*){1,12}\b",
                r"!{3,}",
                r"[!?]*(?:!\?|\?!)[!?]+",
            ),
            (r"DO NOT (?:REPLY|DISTURB|BEND|TUMBLE)", r"\b(?:THE NORTH FACE|READ ME)\b", r"NOW TV"),
        ),
        is_raw=True,
    ),
    placeholder("fill it in or take it out"),
)

_NEEDED = (
    needed(
        "greeting",
        Level.HINT,
        'greet first: "Hello ..., thank you for your message."',
        r"\b(?:hello|hi|hey|dear|good (?:morning|afternoon|evening|day)|greetings|welcome)\b",
    ),
    needed(
        "thanks",
        Level.HINT,
        "thank for the message",
        r"\bthank(?:s|ing|ful)?\b",
        r"\bgrateful\b",
        r"\bappreciate\b",
    ),
    needed(
        "empathy",
        Level.WARN,
        'say first that you understand: "I understand how annoying this is."',
        r"\b(?:understand|understandable|understandably|imagine|sorry|apologi[sz]e|apologies|apology|regret|sympathi[sz]e)\b",
        r"\bi(?: can)? see (?:how|why)\b",
        r"\b(?:must|should) (?:be|have been) (?:so |very |really )?(?:frustrating|annoying|upsetting|disappointing|difficult)\b",
        r"\bhow (?:frustrating|annoying|upsetting|disappointing|inconvenient)\b",
    ),
    needed(
        "apology",
        Level.WARN,
        "apologise for the wait",
        r"\b(?:sorry|apologi[sz]e|apologies|apology|forgive|pardon|regret)\b",
    ),
    needed(
        "next_step",
        Level.HINT,
        "say what happens next, and by when",
        r"\b(?:i|we|you)(?:'ll| will|'re going to| are going to|'m going to| am going to)\b",
        r"\b(?:by|within|until|before|in) (?:the (?:end|next|latest)|\d+|today|tomorrow|tonight|monday|tuesday|wednesday|thursday|friday|saturday|sunday|one|two|three|an? )",
        r"\b(?:have|has|had) (?:already |just |now )?(?:sent|refunded|issued|arranged|opened|passed|asked|replaced|ordered|booked|started|raised)\b",
        r"\b(?:today|tomorrow|will)\b",
        r"\blet me\b",
    ),
    needed(
        "closing",
        Level.HINT,
        "end courteously, and invite to write again",
        r"\b(?:kind|best|warm|warmest|many)? ?regards\b",
        r"\b(?:yours (?:sincerely|faithfully|truly)|sincerely|best wishes|all the best|have a (?:nice|good|great|lovely|wonderful)|wish you|look(?:ing)? forward|thank you(?: again| very much)?[.!]?\s*$|anything else|take care|with thanks)\b",
    ),
)

ENGLISH = Manner(
    forbidden=_FORBIDDEN,
    attachment=rule("attachment", Level.WARN, "attach the file, or take the promise out", (
        r"\b(?:i(?: have|'ve)?|we(?: have|'ve)?|please find|is|are|as) (?:now |also |just )?(?:attached|enclosed|attach|enclose|attaching)\b", r"\bi(?:'m| am) (?:attaching|enclosing)\b", r"\b(?:see|in|find|open|check|read) (?:the |this |my |our )?(?:attachment|attached|enclosed)\b", r"\b(?:the|an?) attached (?:file|document|form|invoice|label|picture|photo|pdf|guide|manual)\b", r"\battached (?:you(?:'ll| will) find|is|are)\b",
    ), (r"\b(?:you|customers?)(?: have|'ve| had)? (?:attached|sent|enclosed)\b", r"\bas you attached\b", r"\b(?:is|are|was|were|be|comes?) (?:not |already |firmly |permanently )?attached to\b", r"\b(?:your|you sent)[^.!?]{0,20} attach(?:ment|ed)\b", r"\battachment (?:you|that you|from you)[^.!?]{0,20}", r"\b(?:in|see|open|read|find|check) (?:the )?attachment you\b", r"\b(?:the|see|in|find|open|check) (?:the )?attached (?:strap|cable|lid|handle|hook|cord|hose|brush)\b", r"\b(?:is|are) attached (?:by|with|at|on|below the seat)\b", r"\b(?:once|when|if|after) (?:it )?(?:is|are) attached\b", r"\battachment (?:lens|hook|brush|head|set|clip)\b")),
    reported=REPORTED_EN,
    needed={row.name: row for row in _NEEDED},
    addressed=Pattern(
        r"^\s*(?:(?:Dear|Hi|Hello|Hey|Good (?:morning|afternoon|evening|day))[, ]+)(?:(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof)\.? )?([A-Z][A-Za-z'-]+)"
    ),
    nobody=frozenset(
        ["customer", "sir", "madam", "there", "all", "team", "friend", "friends", "everyone", "valued", "mr", "mrs", "ms", "miss", "dr", "colleague", "guest", "member", "thank", "thanks", "we", "i", "you", "your", "yes", "no", "welcome", "and", "again", "it", "this", "the", "good", "hope", "sorry", "our", "just", "here", "how", "what"]
    ),
    personal={
        "id": "an identity number: leave it out, or show its last 4 signs only",
        "card": "a card's number: leave it out, or show its last 4 digits only",
        "phone": "a person's telephone number: make sure that this reader may see it, or leave it out",
        "mail": "a person's mail address: make sure that this reader may see it, or leave it out",
    },
    wrong_name="the customer is called {name}",
    other_language="the customer writes another language ({language}); answer in it",
)  # fmt: skip
