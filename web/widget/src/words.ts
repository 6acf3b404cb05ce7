// Every word that the widget says, in both languages; the names in braces are filled in.

const zh = {
  launch: "打开在线客服",
  launchUnread: "打开在线客服，{n} 条未读消息",
  close: "关闭对话窗口",
  title: "在线客服",
  log: "对话内容",
  hello: "您好，很高兴为您服务。请问有什么可以帮到您？",
  helloClosed: "您好，现在是非工作时间。请您先留言，我们会在开始服务后尽快回复。",
  connecting: "正在连接…",
  open: "服务时间内，客服空闲后尽快回复",
  closed: "非工作时间",
  closedUntil: "非工作时间，{when} 开始服务",
  served: "{name} 正在为您服务",
  lost: "连接已断开，正在重新连接。您仍可留言，恢复后会自动发送。",
  stopped: "暂时无法连接客服，请您刷新页面后重试。您写下的内容会为您保留。",
  placeholder: "请输入您的问题",
  write: "输入消息",
  send: "发送",
  attach: "添加文件",
  attachHint: "单个文件不超过 {size}",
  drop: "松开即可添加文件",
  tooLarge: "“{name}”超过 {size}，请压缩后再发送。",
  tooMany: "一次最多添加 {n} 个文件。",
  needsLine: "需要联网后才能添加文件，请稍候。",
  uploadFailed: "“{name}”上传失败。{why}",
  refused_empty: "文件是空的，请重新选择。",
  refused_too_large: "文件过大，请压缩后再发送。",
  refused_too_many_requests: "添加得太快，请稍候再试。",
  refused_unavailable: "服务器暂时不能保存，请稍候再试。",
  uploading: "正在上传 {percent}%",
  remove: "移除 {name}",
  typing: "对方正在输入",
  sending: "正在发送",
  waiting: "待发送，恢复连接后自动发出",
  sent: "已送达",
  read: "已读",
  again: "重新发送",
  discard: "删除",
  auto: "自动回复",
  arrived: "收到新消息：{text}",
  file: "文件",
  filePending: "正在检查…",
  fileRefused: "未能通过安全检查",
  today: "今天",
  tomorrow: "明天",
  yesterday: "昨天",
  download: "下载 {name}",
  refused: "未能发送，请修改后重试。",
  tooLong: "内容过长，请分成几条发送。",
};

export type Words = { readonly [K in keyof typeof zh]: string };

const en: Words = {
  launch: "Open the chat",
  launchUnread: "Open the chat, {n} unread",
  close: "Close the chat",
  title: "Customer service",
  log: "Conversation",
  hello: "Hello, how can we help you?",
  helloClosed:
    "Hello, we are closed at the moment. Please leave a message; we answer as soon as we are back.",
  connecting: "Connecting…",
  open: "Open now; we answer as soon as somebody is free",
  closed: "Closed at the moment",
  closedUntil: "Closed, back {when}",
  served: "{name} is here for you",
  lost: "The connection is lost; reconnecting. Keep writing: it will be sent once we are connected.",
  stopped: "The chat cannot be reached. Please reload the page. What you wrote is kept.",
  placeholder: "Write a message",
  write: "Message",
  send: "Send",
  attach: "Add a file",
  attachHint: "Up to {size} per file",
  drop: "Drop to add the file",
  tooLarge: "“{name}” is larger than {size}. Please send a smaller file.",
  tooMany: "Up to {n} files at a time.",
  needsLine: "Files can be added once the connection is back.",
  uploadFailed: "“{name}” could not be uploaded. {why}",
  refused_empty: "It is empty. Please choose another.",
  refused_too_large: "It is too large. Please send a smaller one.",
  refused_too_many_requests: "That was too fast. Please wait a moment.",
  refused_unavailable: "It cannot be kept just now. Please try again in a moment.",
  uploading: "Uploading {percent}%",
  remove: "Remove {name}",
  typing: "Typing",
  sending: "Sending",
  waiting: "Waiting to be sent",
  sent: "Delivered",
  read: "Read",
  again: "Send again",
  discard: "Delete",
  auto: "Automatic reply",
  arrived: "New message: {text}",
  file: "File",
  filePending: "being checked…",
  fileRefused: "not accepted",
  today: "today",
  tomorrow: "tomorrow",
  yesterday: "yesterday",
  download: "Download {name}",
  refused: "This could not be sent.",
  tooLong: "This is too long. Please send it in parts.",
};

export const LOCALES = { "zh-CN": zh as Words, en } as const;
export type Locale = keyof typeof LOCALES;

export function localeFrom(asked: string | null | undefined): Locale {
  return /^zh/i.test(asked ?? "") ? "zh-CN" : "en";
}

/** Why the desk did not take a file, in the visitor's language; nothing where there are no words. */
export function whyRefused(words: Words, code: string): string {
  const key = `refused_${code}`;
  return key in words ? words[key as keyof Words] : "";
}
