"""What the page says on which customers tell how it went, by locale."""

from collections.abc import Mapping
from typing import NamedTuple


class Words(NamedTuple):
    """All of it in one locale."""

    locale: str
    title: str
    whole: str
    marks: Mapping[int, str]
    dimensions: Mapping[str, str]
    comment: str
    send: str
    thanks: str
    choose: str
    over: str
    unknown: str


WORDS = {
    "zh-CN": Words(
        locale="zh-CN",
        title="请您评价这次服务",
        whole="总体来说，您对这次服务满意吗？",
        marks={5: "非常满意", 4: "满意", 3: "一般", 2: "不满意", 1: "非常不满意"},
        dimensions={
            "solution": "问题解决",
            "speed": "响应速度",
            "manner": "服务态度",
            "goods": "商品质量",
            "delivery": "物流配送",
            "after_sales": "售后服务",
            "site": "网站体验",
            "ease": "办理便捷",
            "payment": "支付体验",
        },
        comment="您还有什么想告诉我们的吗？（选填）",
        send="提交评价",
        thanks="感谢您的评价，我们已经收到，会认真阅读。祝您生活愉快。",
        choose="请先选择总体评价，1 到 5 分。",
        over="这次评价的时间已经过了。如果您还有想说的，欢迎直接联系我们。",
        unknown="这个链接不正确，或已经失效。请检查是否复制完整，或直接联系我们。",
    ),
    "zh-TW": Words(
        locale="zh-TW",
        title="請您評價這次服務",
        whole="整體而言，您對這次服務滿意嗎？",
        marks={5: "非常滿意", 4: "滿意", 3: "普通", 2: "不滿意", 1: "非常不滿意"},
        dimensions={
            "solution": "問題解決",
            "speed": "回應速度",
            "manner": "服務態度",
            "goods": "商品品質",
            "delivery": "物流配送",
            "after_sales": "售後服務",
            "site": "網站體驗",
            "ease": "辦理便利",
            "payment": "付款體驗",
        },
        comment="您還有什麼想告訴我們的嗎？（選填）",
        send="送出評價",
        thanks="感謝您的評價，我們已經收到，會仔細閱讀。祝您生活愉快。",
        choose="請先選擇整體評價，1 到 5 分。",
        over="這次評價的時間已經過了。如果您還有想說的，歡迎直接與我們聯繫。",
        unknown="這個連結不正確，或已經失效。請檢查是否複製完整，或直接與我們聯繫。",
    ),
    "en": Words(
        locale="en",
        title="How did we do?",
        whole="On the whole, how satisfied are you with our service?",
        marks={5: "very good", 4: "good", 3: "fair", 2: "poor", 1: "very poor"},
        dimensions={
            "solution": "Your question was solved",
            "speed": "Speed",
            "manner": "Friendliness",
            "goods": "The goods",
            "delivery": "Delivery",
            "after_sales": "After-sales service",
            "site": "Our site",
            "ease": "Ease",
            "payment": "Payment",
        },
        comment="Is there anything else you would like to tell us? (optional)",
        send="Send",
        thanks="Thank you for telling us. We have your answer and read every one.",
        choose="Please choose a score from 1 to 5 on the whole first.",
        over="The time for this answer has passed. If you still want to tell us, please write.",
        unknown="This address is not right, or no longer good. Please check that it is complete, or"
        " write to us.",
    ),
}
