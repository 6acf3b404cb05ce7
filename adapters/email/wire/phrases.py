"""What mailers write around an older mail, in eighteen languages, as tables."""

# Labels of the block that Outlook and its kin put above an older mail -> what they name.
LABELS: dict[str, str] = {
    label: kind
    for kind, labels in {
        "from": "from|von|de|da|van|od|fra|från|lähettäjä|от|отправитель"
        "|发件人|寄件者|寄件人|發件人|差出人|送信者|보낸 사람|보낸사람|발신|kimden|od koho",
        "date": "sent|date|gesendet|datum|envoyé|envoyé le|date d'envoi|message du|enviado"
        "|enviado el|enviada em|enviada|fecha|data|inviato|data invio|verzonden|wysłano"
        "|data wysłania|sendt|dato|skickat|lähetetty|päivämäärä|päiväys|odesláno|отправлено|дата"
        "|发送时间|发件时间|日期|发送日期|寄件日期|傳送時間|時間|时间|發送時間|送信日時|日時|送信日|日付"
        "|보낸 날짜|보낸날짜|날짜|발신일|gönderme tarihi|tarih|gönderildi",
        "to": "to|an|à|a|para|per|aan|do|til|till|vastaanottaja|komu|кому|收件人|收件者|宛先"
        "|받는 사람|받는사람|수신|kime|destinataire|destinatario|pour",
        "cc": "cc|kopie|copie|copie à|copia|kopia|kopi|kopio|копия|抄送|副本|抄送人"
        "|ccへ|참조|bilgi|c.c.",
        "subject": "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|temat|emne|ämne|aihe"
        "|předmět|тема|主题|主旨|標題|标题|主題|件名|제목|konu|sujet",
        "reply": "reply to|reply-to|antwort an|répondre à|responder a|rispondi a|回复|回覆|返信先",
        "other": "importance|priority|attachments|wichtigkeit|anlagen|anhänge|pièces jointes|附件"
        "|重要性|priorité",
    }.items()
    for label in labels.split("|")
}


def _phrases(text: str) -> frozenset[str]:
    return frozenset(text.split("|"))


# Between dashes: an older mail follows.
ORIGINALS = _phrases(
    "original message|original appointment|reply message|originalnachricht|original-nachricht"
    "|ursprüngliche nachricht|ursprüngliche e-mail|message d'origine|message original"
    "|message initial|mensaje original|messaggio originale|messaggio original"
    "|oorspronkelijk bericht|origineel bericht|mensagem original|ursprungligt meddelande"
    "|originalmeddelande|ursprungsmeddelande|oprindelig meddelelse|original meddelelse"
    "|opprinnelig melding|alkuperäinen viesti|původní zpráva|původní e-mail|исходное сообщение"
    "|оригинальное сообщение|первоначальное сообщение|wiadomość oryginalna|oryginalna wiadomość"
    "|原始邮件|原邮件|原始郵件|原始信件|原郵件|原始訊息|回复的原邮件|回复的邮件|回覆的原郵件|历史邮件|邮件原文"
    "|元のメッセージ|元のメール|オリジナルメッセージ|원본 메시지|원본 메일|원본메일|원본메시지"
    "|orijinal mesaj|özgün ileti|original email|original mail|reply above this line"
)
# Between dashes: what follows is what the sender wants to show.
FORWARDS = _phrases(
    "forwarded message|forwarded mail|forwarded email|begin forwarded message"
    "|weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato"
    "|doorgestuurd bericht|mensagem encaminhada|vidarebefordrat meddelande|videresendt besked"
    "|videresendt melding|videresendt meddelelse|välitetty viesti|edelleenlähetetty viesti"
    "|přeposlaná zpráva|пересылаемое сообщение|пересланное сообщение"
    "|wiadomość przekazana dalej|przekazana wiadomość|转发邮件|转发的邮件|转发邮件信息|转发的原邮件"
    "|轉寄郵件|轉寄的郵件|轉寄的訊息|転送メッセージ|転送されたメッセージ"
    "|전달된 메시지|전달된 메일"
)

# The verb of "On such a day somebody wrote:".
VERBS = (
    *("wrote", "writes", "has written", "schrieb", "schrieben", "geschrieben", "schreibt"),
    *("a écrit", "écrit", "a ecrit", "escribió", "escribio", "escribe", "ha escrito"),
    *("ha scritto", "scrisse", "scrive", "schreef", "schreef het volgende", "geschreven"),
    *("napisał", "napisał(a)", "napisała", "pisze", "escreveu", "escreveu o seguinte"),
    *("skrev", "skrev følgende", "skrev följande", "kirjoitti", "napsal", "napsal(a)", "napsala"),
    *("написал", "написал(а)", "написала", "пишет", "писал", "писал(а)", "сообщил"),
    *(
        "写道",
        "寫道",
        "写到",
        "寫到",
        "写了",
        "寫了",
        "来信",
        "さんは書きました",
        "さんが書きました",
    ),
    *(
        "のメール",
        "さんからのメール",
        "님이 작성",
        "님이 씀",
        "작성",
        "yazdı",
        "şunu yazdı",
        "のメッセージ",
    ),
)
# Languages whose verb may stand before the name: "... schrieb Hans:".
EARLY_VERBS = (
    *(" schrieb ", " schreef ", " skrev ", " napsal ", " napsal(a) ", " napsala ", " wrote "),
    *(
        " napisał ",
        " napisał(a) ",
        " hat geschrieben",
        " kirjoitti ",
        " от ",
        " a écrit ",
        " napisała ",
    ),
    *(" escreveu ", " escribió "),
)

# How the first line of one begins, when neither a digit nor an address stands in it.
STARTERS = _phrases(
    "on|in|am|le|el|il|op|em|den|dne|dnia|w|på|a|no|kl|date|von|from|при|ons|tis|tor|fre|lör|sön"
    "|mån|man|tir|søn|lør|lun|mar|mer|mié|jue|jeu|ven|vie|sam|sáb|dim|dom|gio|sab|pon|wto|śro|czw"
)
# Scripts whose attributions have no first word.
STARTER_SIGNS = ("在", "于", "於", "「", '"', "“", "'")

# What telephones and tablets put below; compared from the beginning of a line, lower case.
DEVICE_LINES = (
    *("sent from my ", "sent from outlook", "sent from yahoo", "sent from mail for ", "sent via "),
    *(
        "sent from samsung",
        "sent from proton",
        "sent from a mobile",
        "sent with ",
        "get outlook for ",
    ),
    *(
        "von meinem ",
        "von meinem iphone",
        "gesendet von ",
        "gesendet mit ",
        "diese nachricht wurde von",
    ),
    *("envoyé de mon ", "envoyé depuis ", "envoyé à partir de ", "télécharger outlook"),
    *(
        "enviado desde mi ",
        "enviado desde ",
        "enviado do meu ",
        "enviado de meu ",
        "enviado a partir",
    ),
    *("inviato da ", "inviato dal mio ", "verstuurd vanaf ", "verzonden vanaf ", "verstuurd via "),
    *(
        "wysłane z ",
        "wysłano z ",
        "skickat från ",
        "sendt fra ",
        "lähetetty ",
        "odesláno z ",
        "отправлено с ",
    ),
    *("отправлено из ", "发自我的", "从我的", "發自我的", "從我的", "发自", "來自我的", "来自我的"),
    *(
        "我的iphone",
        "从 windows 版邮件发送",
        "从windows 版邮件发送",
        "获取 outlook",
        "iphoneから送信",
    ),
    *(
        "ipadから送信",
        "androidから送信",
        "나의 iphone",
        "내 iphone",
        "iphone에서 보냄",
        "iphone'umdan",
    ),
)
# How long such a line may be, so that a sentence that begins alike stays.
DEVICE_LINE_CHARS = 80

# Subjects of forwarded mails begin so; what they carry is no history but what they are about.
FORWARD_PREFIXES = (
    *(
        "fw:",
        "fwd:",
        "fwd :",
        "fw :",
        "wg:",
        "tr:",
        "tr :",
        "rv:",
        "i:",
        "enc:",
        "res: enc:",
        "doorst:",
    ),
    *(
        "vs: fwd",
        "vl:",
        "vb:",
        "vs:",
        "pd:",
        "转发:",
        "转发：",
        "轉寄:",
        "轉寄：",
        "轉發:",
        "轉發：",
    ),
    *("転送:", "転送：", "전달:", "fw：", "fwd："),
)
