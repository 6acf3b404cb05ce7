// Emoji that suit a service desk, by name in both languages. Pure.

export interface Emoji {
  readonly sign: string;
  readonly en: string;
  readonly zh: string;
}

const TABLE = `
😊 smile|微笑
🙂 slight smile|浅笑
😄 grin laugh|开心 大笑
😉 wink|眨眼
🤗 hug|拥抱
😌 relieved|安心
🤔 thinking|思考
😅 sweat|尴尬
😔 sorry sad|抱歉 难过
😢 cry|流泪
🙏 please thanks pray|请 谢谢 拜托
👍 thumbs up good|赞 好的
👌 ok|好的 可以
👏 clap applause|鼓掌
🤝 handshake deal|握手 合作
👋 wave hello bye|您好 再见 挥手
💪 strong|加油
🌹 rose flower|玫瑰 送花
🌷 tulip flower|郁金香
💐 bouquet flowers|花束
❤️ heart love|爱心
✨ sparkles|闪亮
🎉 party congratulations|庆祝 恭喜
🎁 gift present|礼物
🎂 cake birthday|蛋糕 生日
⭐ star|星
✅ done check yes|完成 是
❌ no cross|否 取消
❗ attention important|注意 重要
❓ question|疑问
⏰ clock alarm time|时间 闹钟
⏳ wait hourglass|稍候 等待
📅 date calendar|日期 日历
📦 parcel package box|包裹 快递
🚚 delivery truck shipping|发货 配送
🏠 home house|家
📍 place address|地点 地址
📞 call telephone|电话
📱 mobile phone|手机
📧 mail|邮件
📎 paperclip file|附件
📷 camera picture photo|照片 相机
🧾 receipt invoice|发票 收据
💰 money refund|退款 金额
💳 card payment|付款 银行卡
🏷️ price tag label|价格 标签
🔄 exchange return|换货 退换
🔧 repair wrench|维修
☕ coffee|咖啡
🍀 luck|好运
`;

export const EMOJI: readonly Emoji[] = TABLE.trim()
  .split("\n")
  .map((line) => {
    const [sign = "", ...rest] = line.split(" ");
    const [en = "", zh = ""] = rest.join(" ").split("|");
    return { sign, en, zh };
  });

/** Those with a name that begins with the query; in either language, whatever the screen speaks. */
export function emojiFor(query: string): Emoji[] {
  const wanted = query.toLocaleLowerCase();
  const names = (one: Emoji) => [...one.en.split(" "), ...one.zh.split(" ")];
  return EMOJI.filter((one) => names(one).some((name) => name.startsWith(wanted)));
}
