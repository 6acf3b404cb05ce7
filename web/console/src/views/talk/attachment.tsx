// A file of a message: pictures where they can be shown safely, everything else as a download.

import { size } from "../../../../shared/when";
import type { Attachment as AttachmentData } from "../../api/types";
import { say, words } from "../../i18n";
import { Icon } from "../parts/icon";

const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

export function Attachment({ file }: { readonly file: AttachmentData }) {
  const name = file.filename || words.value.kind_media;
  if (file.url && PICTURE.test(file.media_type))
    return (
      <a class="picture" href={file.url} target="_blank" rel="noopener noreferrer" title={name}>
        <img src={file.url} alt={name} loading="lazy" />
      </a>
    );
  const about = file.size_bytes === null ? "" : size(file.size_bytes);
  const inner = (
    <>
      <Icon name="file" />
      <span class="cut">{name}</span>
      <span class="meta">{file.url ? about : words.value.notHere}</span>
    </>
  );
  return file.url ? (
    <a class="file" href={file.url} download={name} aria-label={say("download", { name })}>
      {inner}
    </a>
  ) : (
    <span class="file">{inner}</span>
  );
}
