// What is wrong with a template, in Chinese: the desk tells of it in English, one sentence a kind.

import { fill } from "../../../shared/fill";
import { locale } from "./index";

/** What the desk says, and the same with its names in place; what is not here stands as it is. */
const CHINESE: readonly (readonly [RegExp, string])[] = [
  [/^speaks of '(?<name>.+)', which is not among/, "用到的 {name} 不在变量之中，请更正或添加。"],
  [/^speaks of '(?<name>.+)', which is a mark/, "{name} 是模板的语法符号，请去掉。"],
  [/^speaks of (?<name>.+); write it between quotes/, "请给 {name} 加上引号。"],
  [/^never speaks of its variable '(?<name>.+)';/, "变量 {name} 没有用到，请删除。"],
  [/^has the variable '(?<name>.+)' twice/, "变量 {name} 重复，请只保留一个。"],
  [/^'(?<name>.*)' is no name for a variable/, "{name} 不能作变量名：请用小写字母、数字和 _。"],
  [/^the example of '(?<name>.*)' /, "变量 {name} 的示例与类型不符，请更正。"],
  [/^the fallback of '(?<name>.*)' /, "变量 {name} 缺少时的文字不合要求，请更正。"],
  [/^cannot be read: (?<why>.+)/, "无法读懂，请检查括号是否成对。（{why}）"],
  [/^is nested too deeply/, "条件嵌套过深，请减少层数。"],
  [/^uses call;/, '不能调用函数，只能用变量、if 和 promise("24h")。'],
  [/^uses (?<name>\w+); only values and if/, "不能使用 {name}，只能用变量和 if。"],
  [/^compares by more and less/, "比较只能用 ==、!= 和 in。"],
  [/^has an if without else/, "if 缺少 else，请写明否则显示什么。"],
  [/^promises what cannot be reckoned/, '承诺的时间无法计算，请写成 promise("24h") 这样。'],
  [/^says nothing to any channel/, "请填写“通用”部分的文字。"],
  [/^does not say what it is for/, "请在“说明”中填写用途。"],
  [/^is no name;/, "名称只能用小写字母、数字和 _。"],
  [/must be one line without invisible/, "“说明”中的每一项只能是一行文字，不含不可见字符。"],
  [/^holds markup;/, "含有网页标记：请写到“邮件网页”中。"],
  [/^has a condition inside a tag/, "条件写在了标签之内，请移到标签之外。"],
  [/^a subject is one line/, "主题只能有一行：请去掉换行和多行文字的变量。"],
  [/^would begin the words for a channel/, "文件中这一行会成为另一渠道的开头，请换一种写法。"],
  [/'(?<name>.+)', which is the channel of no adapter/, "没有 {name} 这个渠道，请更正。"],
  [/are too long$|^is longer than/, "内容过长，请缩短。"],
];

export function sayFault(told: string): string {
  if (locale.value === "en") return told;
  for (const [said, chinese] of CHINESE) {
    const found = said.exec(told);
    if (found) return fill(chinese, found.groups ?? {});
  }
  return told;
}
