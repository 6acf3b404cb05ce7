// The mark of a channel: an icon where everybody knows one, else two letters of its name.

import { sayCode } from "../../i18n";
import { Icon, type IconName } from "./icon";

const ICONS: Readonly<Record<string, IconName>> = {
  email: "mail",
  mailto: "mail",
  sms: "mobile",
  tel: "phone",
  voice: "phone",
  webchat: "bubble",
  generic: "globe",
};

const LETTERS: Readonly<Record<string, string>> = {
  whatsapp: "WA",
  messenger: "Me",
  instagram: "Ig",
  telegram: "Tg",
  wechat: "微",
  wecom: "企",
  line: "Li",
};

export function channelName(channel: string): string {
  return sayCode("ch_", channel);
}

export function Glyph({ channel }: { readonly channel: string }) {
  const name = channelName(channel);
  const icon = ICONS[channel];
  return (
    <span class="glyph" title={name}>
      {icon ? (
        <Icon name={icon} />
      ) : (
        <span aria-hidden="true">{LETTERS[channel] ?? name.slice(0, 2)}</span>
      )}
      <span class="sr">{name}</span>
    </span>
  );
}
