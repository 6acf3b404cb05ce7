"""The new part of a mail: what its sender wrote now, in eighteen languages and many programs' ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.wire.lines import html_lines, text_lines
from adapters.email.wire.quotes import new_part
from tests.adapters.email.mails import mail, multipart, part, read

NEW = "Where is my parcel?\n\nThanks\nLi"
OLD = "Dear Li,\nit is on its way.\nShop"
QUOTED = "> Dear Li,\n> it is on its way.\n>\n> Shop"

# What mail programs write above an older mail.
ATTRIBUTIONS = [
    ("en, Gmail", "On Mon, Jan 5, 2026 at 10:00 AM Shop <support@shop.example> wrote:"),
    ("en, Gmail, narrow space", "On Mon, Jan 5, 2026 at 10:00\u202fAM Shop <support@shop.example> wrote:"),
    ("en, over two lines", "On Mon, Jan 5, 2026 at 10:00 AM The Shop of Very Good Things\n<support@shop.example> wrote:"),
    ("en, Apple", "On 5 Jan 2026, at 10:00, Shop <support@shop.example> wrote:"),
    ("en, Thunderbird", "On 05/01/2026 10:00, Shop wrote:"),
    ("en, name first", "Shop <support@shop.example> wrote on 2026-01-05:"),
    ("zh, Gmail", "Shop <support@shop.example> 于2026年1月5日周一 10:00写道："),
    ("zh, 163", "在 2026-01-05 10:00:00，\"Shop\" <support@shop.example> 写道："),
    ("zh, Apple", "在 2026年1月5日，上午10:00，Shop <support@shop.example> 写道："),
    ("zh, QQ on a telephone", "Shop<support@shop.example> 在 2026年1月5日 周一 10:00 写道："),
    ("zh, 于", "于 2026年1月5日 GMT+08:00 上午10:00:00, Shop <support@shop.example> 写道："),
    ("zh-TW, Gmail", "Shop <support@shop.example> 於 2026年1月5日 週一 上午10:00寫道："),
    ("zh-TW, Apple", "Shop <support@shop.example> 在 2026年1月5日 上午10:00 寫道："),
    ("de, Gmail", "Am Mo., 5. Jan. 2026 um 10:00 Uhr schrieb Shop <support@shop.example>:"),
    ("de, Apple", "Am 05.01.2026 um 10:00 schrieb Shop <support@shop.example>:"),
    ("fr, Gmail", "Le lun. 5 janv. 2026 à 10:00, Shop <support@shop.example> a écrit :"),
    ("fr, Apple", "Le 5 janv. 2026 à 10:00, Shop <support@shop.example> a écrit :"),
    ("es, Gmail", "El lun, 5 ene 2026 a las 10:00, Shop (<support@shop.example>) escribió:"),
    ("it, Gmail", "Il giorno lun 5 gen 2026 alle ore 10:00 Shop <support@shop.example> ha scritto:"),
    ("it, Apple", "Il 05/01/2026 10:00, Shop ha scritto:"),
    ("nl, Gmail", "Op ma 5 jan 2026 om 10:00 schreef Shop <support@shop.example>:"),
    ("nl, Apple", "Op 5 jan. 2026, om 10:00 heeft Shop <support@shop.example> het volgende geschreven:"),
    ("pl, Gmail", "pon., 5 sty 2026 o 10:00 Shop <support@shop.example> napisał(a):"),
    ("pl, Thunderbird", "W dniu 05.01.2026 o 10:00, Shop pisze:"),
    ("pt, Gmail", "Em seg., 5 de jan. de 2026 às 10:00, Shop <support@shop.example> escreveu:"),
    ("sv, Gmail", "Den mån 5 jan. 2026 kl 10:00 skrev Shop <support@shop.example>:"),
    ("da, Gmail", "Den man. 5. jan. 2026 kl. 10.00 skrev Shop <support@shop.example>:"),
    ("no, Gmail", "man. 5. jan. 2026 kl. 10:00 skrev Shop <support@shop.example>:"),
    ("fi, Gmail", "ma 5. tammik. 2026 klo 10.00 Shop <support@shop.example> kirjoitti:"),
    ("cs, Gmail", "po 5. 1. 2026 v 10:00 odesílatel Shop <support@shop.example> napsal:"),
    ("cs, Thunderbird", "Dne 05.01.2026 v 10:00 Shop napsal(a):"),
    ("ru, Gmail", "пн, 5 янв. 2026 г. в 10:00, Shop <support@shop.example>:"),
    ("ru, Thunderbird", "05.01.2026 10:00, Shop пишет:"),
    ("ru, mail.ru", "Понедельник, 5 января 2026, 10:00 +03:00 от Shop <support@shop.example>:"),
    ("ja, Gmail", "2026年1月5日(月) 10:00 Shop <support@shop.example>:"),
    ("ja, Apple", "2026/01/05 10:00、Shop <support@shop.example>のメール："),
    ("ko, Gmail", "2026년 1월 5일 (월) 오전 10:00, Shop <support@shop.example>님이 작성:"),
    ("no verb at all", "2026-01-05 10:00 GMT+01:00 Shop <support@shop.example>:"),
    ("time before date", '10:00 AM, January 5, 2026, "Shop" <support@shop.example>:'),
]  # fmt: skip


@pytest.mark.parametrize(
    "line", [row[1] for row in ATTRIBUTIONS], ids=[row[0] for row in ATTRIBUTIONS]
)
@pytest.mark.parametrize("old", [QUOTED, OLD], ids=["marked", "unmarked"])
def test_attributions(line: str, old: str) -> None:
    """An older mail below its attribution is no part of the new one, marked by > or not."""
    assert new_part(text_lines(f"{NEW}\n\n{line}\n{old}\n")) == NEW
    assert new_part(text_lines(f"{NEW}\n\n{line}\n\n{old}\n")) == NEW


# From, when, to, about what: as Outlook and its kin put it above an older mail.
BLOCKS = [
    ("en", "From: Shop <support@shop.example>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Li <li@example.com>\nSubject: Your order"),
    ("en, bold", "*From:* Shop <support@shop.example>\n*Sent:* Monday, January 5, 2026 10:00 AM\n*To:* Li\n*Subject:* Your order"),
    ("en, wrapped", "From: The Shop\n<support@shop.example>\nSent: Monday, January 5, 2026 10:00 AM\nTo: Li <li@example.com>\nSubject: Your order"),
    ("zh", "发件人: Shop <support@shop.example>\n发送时间: 2026年1月5日 10:00\n收件人: Li <li@example.com>\n主题: 您的订单"),
    ("zh, full width", "发件人：Shop\n日期：2026年1月5日 10:00\n收件人：Li\n抄送：\n主题：您的订单"),
    ("zh-TW", "寄件者: Shop <support@shop.example>\n寄件日期: 2026年1月5日 10:00\n收件者: Li\n主旨: 您的訂單"),
    ("de", "Von: Shop <support@shop.example>\nGesendet: Montag, 5. Januar 2026 10:00\nAn: Li\nBetreff: Ihre Bestellung"),
    ("fr", "De : Shop <support@shop.example>\nEnvoyé : lundi 5 janvier 2026 10:00\nÀ : Li\nObjet : Votre commande"),
    ("es", "De: Shop <support@shop.example>\nEnviado el: lunes, 5 de enero de 2026 10:00\nPara: Li\nAsunto: Su pedido"),
    ("it", "Da: Shop <support@shop.example>\nInviato: lunedì 5 gennaio 2026 10:00\nA: Li\nOggetto: Il tuo ordine"),
    ("nl", "Van: Shop <support@shop.example>\nVerzonden: maandag 5 januari 2026 10:00\nAan: Li\nOnderwerp: Uw bestelling"),
    ("pl", "Od: Shop <support@shop.example>\nWysłano: poniedziałek, 5 stycznia 2026 10:00\nDo: Li\nTemat: Zamówienie"),
    ("pt", "De: Shop <support@shop.example>\nEnviado: segunda-feira, 5 de janeiro de 2026 10:00\nPara: Li\nAssunto: O seu pedido"),
    ("sv", "Från: Shop <support@shop.example>\nSkickat: den 5 januari 2026 10:00\nTill: Li\nÄmne: Din order"),
    ("da", "Fra: Shop <support@shop.example>\nSendt: 5. januar 2026 10:00\nTil: Li\nEmne: Din ordre"),
    ("fi", "Lähettäjä: Shop <support@shop.example>\nLähetetty: maanantai 5. tammikuuta 2026 10.00\nVastaanottaja: Li\nAihe: Tilaus"),
    ("cs", "Od: Shop <support@shop.example>\nOdesláno: pondělí 5. ledna 2026 10:00\nKomu: Li\nPředmět: Objednávka"),
    ("ru", "От: Shop <support@shop.example>\nОтправлено: 5 января 2026 г. 10:00\nКому: Li\nТема: Заказ"),
    ("ja", "差出人: Shop <support@shop.example>\n送信日時: 2026年1月5日 10:00\n宛先: Li\n件名: ご注文"),
    ("ko", "보낸 사람: Shop <support@shop.example>\n보낸 날짜: 2026년 1월 5일 월요일 오전 10:00\n받는 사람: Li\n제목: 주문"),
]  # fmt: skip


@pytest.mark.parametrize("block", [row[1] for row in BLOCKS], ids=[row[0] for row in BLOCKS])
@pytest.mark.parametrize("rule", ["", "_" * 32 + "\n", "-----Original Message-----\n", "\n"])
def test_header_blocks(block: str, rule: str) -> None:
    """An older mail below a block of its header is no part of the new one, nor is the rule above."""
    assert new_part(text_lines(f"{NEW}\n\n{rule}{block}\n\n{OLD}\n")) == NEW


RULES = [
    "-----Original Message-----", "----- Original Message -----", "-------- Original message --------",
    "-----原始邮件-----", "------------------ 原始邮件 ------------------", "---- 回复的原邮件 ----",
    "-----Ursprüngliche Nachricht-----", "-----Message d'origine-----", "-----Mensaje original-----",
    "-----Messaggio originale-----", "-----Oorspronkelijk bericht-----", "-----Mensagem original-----",
    "-----Ursprungligt meddelande-----", "-----Oprindelig meddelelse-----", "-----Alkuperäinen viesti-----",
    "-----Původní zpráva-----", "-----Исходное сообщение-----", "-----元のメッセージ-----", "-----원본 메시지-----",
    "________________________________ Original Message ________________________________",
]  # fmt: skip


@pytest.mark.parametrize("rule", RULES)
def test_rules(rule: str) -> None:
    """A rule that says an older mail follows ends the new one."""
    assert new_part(text_lines(f"{NEW}\n\n{rule}\n\n{OLD}\n")) == NEW


SIGNED = [
    ("the rule of Usenet", "-- \nLi Lei\nExample Ltd"),
    ("the rule without its space", "--\nLi Lei"),
    ("two underscores", "__\nLi Lei"),
    ("an iPhone", "Sent from my iPhone"),
    ("an iPhone in Chinese", "发自我的iPhone"),
    ("an iPhone in Chinese, with a space", "发自我的 iPhone"),
    ("an iPhone in traditional Chinese", "從我的iPhone傳送"),
    ("QQ on a telephone", "发自我的iPhone\n\n"),
    ("NetEase's own line", "发自我的小米手机"),
    ("German", "Von meinem iPhone gesendet"),
    ("French", "Envoyé de mon iPhone"),
    ("Spanish", "Enviado desde mi iPhone"),
    ("Japanese", "iPhoneから送信"),
    ("Korean", "나의 iPhone에서 보냄"),
    ("Outlook on a telephone", "Get Outlook for iOS<https://aka.ms/o0ukef>"),
    ("Outlook in Chinese", "获取 Outlook for iOS"),
    ("Windows Mail in Chinese", "从 Windows 版邮件发送"),
    ("a mailing list's footer", "_______________________________________________\nusers mailing list\nusers@lists.example.com"),
]  # fmt: skip


@pytest.mark.parametrize("signature", [row[1] for row in SIGNED], ids=[row[0] for row in SIGNED])
def test_signatures(signature: str) -> None:
    """A signature is no part of the text; nor is it when an older mail follows it."""
    assert new_part(text_lines(f"{NEW}\n\n{signature}\n")) == NEW
    below = "On Mon, Jan 5, 2026 at 10:00 AM Shop <support@shop.example> wrote:\n" + QUOTED
    assert new_part(text_lines(f"{NEW}\n\n{signature}\n\n{below}")) == NEW


KEPT = [
    ("an answer below the quotation", "On 05/01/2026 10:00, Shop wrote:\n> When?\n\nToday.", "Today."),
    ("answers between quotations", "> When?\n\nToday.\n\n> Where?\n\nHere.", "Today.\n\nHere."),
    ("quotation without attribution", "> When?\nToday.", "Today."),
    ("nothing but a quotation", "> When?\n> Where?", "> When?\n> Where?"),
    ("nothing but an older mail", "-----Original Message-----\nwords", "-----Original Message-----\nwords"),
    ("a sentence that begins like one", "On Monday I wrote to you.\nPlease answer.", "On Monday I wrote to you.\nPlease answer."),
    ("somebody wrote, and no date", "My wife wrote:\nplease send two.", "My wife wrote:\nplease send two."),
    ("a journey is no header", "From: Beijing\nTo: Shanghai\nDate: 5 May\nPlease book it.", "From: Beijing\nTo: Shanghai\nDate: 5 May\nPlease book it."),
    ("a form is no header", "Name: Li\nSubject: Order\nMessage: where is it", "Name: Li\nSubject: Order\nMessage: where is it"),
    ("rules of one's own", "Part one\n-----\nPart two\n=====\nPart three\n1\n2\n3\n4\n5\n6\n7\n8", "Part one\n-----\nPart two\n=====\nPart three\n1\n2\n3\n4\n5\n6\n7\n8"),
    ("sent from, in a sentence", "Sent from my iPhone are three orders, and all of them came twice to the same wrong house.", "Sent from my iPhone are three orders, and all of them came twice to the same wrong house."),
    ("a forwarded mail is what it is about", "See below.\n\n---------- Forwarded message ---------\nFrom: a <a@b.c>\nDate: Mon\nSubject: x\n\nwords", "See below.\n\n---------- Forwarded message ---------\nFrom: a <a@b.c>\nDate: Mon\nSubject: x\n\nwords"),
    ("the signature rule on top", "--\nwords", "--\nwords"),
    ("Chinese prose", "我在2026年1月5日写道：请退款。\n至今没有回复。", "我在2026年1月5日写道：请退款。\n至今没有回复。"),
    ("greater-than in prose", "1 > 0, and 5 > 3.", "1 > 0, and 5 > 3."),
    ("empty", "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "new"), [row[1:] for row in KEPT], ids=[row[0] for row in KEPT])
def test_what_stays(text: str, new: str) -> None:
    """What the sender wrote stays, wherever it stands; when nothing would be left, all of it."""
    assert new_part(text_lines(text)) == new


def test_a_forward_says_everything() -> None:
    """The subject of a forwarded mail keeps what is forwarded, whatever it looks like."""
    text = f"请看\n\n发件人: a <a@b.c>\n发送时间: 2026年1月5日\n主题: x\n\n{OLD}"
    assert new_part(text_lines(text), "转发：订单") == text
    assert new_part(text_lines(text), "回复：转发：订单") == "请看"


PAGES = [
    ("Gmail", f'<div dir="ltr">Where is my parcel?</div><br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">On Mon, Jan 5, 2026 at 10:00 AM Shop &lt;<a href="mailto:s@shop.example">s@shop.example</a>&gt; wrote:<br></div><blockquote class="gmail_quote" style="margin:0">{OLD}</blockquote></div>'),
    ("Apple", f'<html><body>Where is my parcel?<br><div><br><blockquote type="cite"><div>On 5 Jan 2026, at 10:00, Shop &lt;s@shop.example&gt; wrote:</div><div>{OLD}</div></blockquote></div></body></html>'),
    ("Thunderbird", f'<p>Where is my parcel?</p><div class="moz-cite-prefix">On 05/01/2026 10:00, Shop wrote:<br></div><blockquote type="cite" cite="mid:1@shop.example">{OLD}</blockquote><div class="moz-signature">-- <br>Li</div>'),
    ("Outlook", f'<div class="WordSection1"><p class="MsoNormal">Where is my parcel?<o:p></o:p></p><div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal"><b>From:</b> Shop &lt;s@shop.example&gt; <br><b>Sent:</b> Monday, January 5, 2026 10:00 AM<br><b>To:</b> Li<br><b>Subject:</b> x</p></div></div><p class="MsoNormal">{OLD}</p></div>'),
    ("Outlook on the web", f'<div>Where is my parcel?</div><div id="appendonsend"></div><hr style="width:98%"><div id="divRplyFwdMsg" dir="ltr"><font><b>发件人:</b> Shop<br></font></div><div>{OLD}</div>'),
    ("QQ", f'<div>Where is my parcel?</div><div><includetail><div>&nbsp;</div><div style="font:Verdana normal 14px"><div style="FONT-SIZE:12px">------------------&nbsp;原始邮件&nbsp;------------------</div><div style="FONT-SIZE: 12px;background:#efefef"><div><b>发件人:</b>&nbsp;"Shop"&lt;s@shop.example&gt;;</div><div><b>发送时间:</b>&nbsp;2026年1月5日 10:00</div></div><div>{OLD}</div></div></includetail></div>'),
    ("163", f'<div>Where is my parcel?</div><br><p>在 2026-01-05 10:00:00，"Shop" &lt;s@shop.example&gt; 写道：</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex">{OLD}</blockquote>'),
    ("Foxmail", f'<div>Where is my parcel?</div><hr style="width:210px"><div><span>Li</span></div><blockquote style="margin-left:2em"><div style="border-top:solid #B5C4DF 1.0pt"><div><b>发件人：</b>&nbsp;<a href="mailto:s@shop.example">Shop</a></div><div><b>发送时间：</b>&nbsp;2026-01-05&nbsp;10:00</div><div><b>收件人：</b>&nbsp;Li</div><div><b>主题：</b>&nbsp;x</div></div>{OLD}</blockquote>'),
    ("Feishu", f'<div>Where is my parcel?</div><div id="lark-mail-quote-1" class="history-quote-wrapper"><div>发件人：Shop</div>{OLD}</div>'),
    ("Yahoo", f'<div>Where is my parcel?</div><div id="yahoo_quoted_123" class="yahoo_quoted">On Monday, January 5, 2026 at 10:00:00 AM GMT+8, Shop wrote:<div>{OLD}</div></div>'),
    ("Proton", f'<div>Where is my parcel?</div><div class="protonmail_quote">On Monday, 5 January 2026 at 10:00, Shop wrote:<blockquote class="protonmail_quote" type="cite">{OLD}</blockquote></div>'),
    ("a signature of Gmail", '<div>Where is my parcel?</div><div class="gmail_signature" data-smartmail="gmail_signature">Li Lei<br>Example Ltd</div>'),
]  # fmt: skip


@pytest.mark.parametrize("html", [row[1] for row in PAGES], ids=[row[0] for row in PAGES])
def test_html(html: str) -> None:
    """An older mail is known by its mark-up, or by what stands above it."""
    new = new_part(html_lines(html))
    assert new.partition("\n")[0] == "Where is my parcel?"
    assert "on its way" not in new
    assert "Example Ltd" not in new


def test_a_quotation_of_ones_own_stays() -> None:
    """A blockquote that follows no attribution is what the sender wanted to say."""
    html = "<p>The law says:</p><blockquote>No parcel may be lost.</blockquote><p>So?</p>"
    assert new_part(html_lines(html)) == "The law says:\n\nNo parcel may be lost.\n\nSo?"


DAYS = [
    "On Monday Bob wrote:",
    "Yesterday the shop wrote:",
    "在 星期一，王 写道：",
    "昨天，小王写道：",
]


@pytest.mark.parametrize("line", DAYS)
def test_a_day_without_a_number(line: str) -> None:
    """Such a line goes with the quotation below it; without one it is a sentence."""
    assert new_part(text_lines(f"{NEW}\n\n{line}\n> old words\n")) == NEW
    assert new_part(text_lines(f"{NEW}\n\n{line}\n\nwords\n")) != NEW


def test_html_shows_what_plain_text_hides() -> None:
    """Where the plain text does not mark the older mail, the HTML beside it may."""
    plain = part(
        "text/plain", "Where is my parcel?\r\nYour friend the shop said\r\nit is on its way"
    )
    html = part(
        "text/html",
        '<p>Where is my parcel?</p><div class="gmail_quote">Your friend the shop said<br>it is on its way</div>',
    )
    message = read(multipart("alternative", plain, html))
    assert message.text == "Where is my parcel?"
    assert "on its way" in message.mail.text_full


def test_all_of_it_is_kept() -> None:
    """Quotation and signature are in `text_full`."""
    message = read(mail(f"{NEW}\n\n-- \nLi\n\nOn 05/01/2026 10:00, Shop wrote:\n{QUOTED}\n"))
    assert message.text == NEW
    assert message.mail.text_full.endswith("> Shop")
    assert "-- \nLi" in message.mail.text_full.replace("--\n", "-- \n")


@given(st.text(max_size=200), st.text(max_size=20))
def test_any_text(text: str, subject: str) -> None:
    """Something is left of whatever was written, and nothing is added to it."""
    new = new_part(text_lines(text), subject)
    assert len(new) <= len(text)
    assert bool(new.strip()) == bool("".join(line.text for line in text_lines(text)).strip())
