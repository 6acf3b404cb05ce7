// A file of a message: pictures small, large when asked; sounds to hear; everything else as a download; and why
// a file is not here yet, or never will be.

import { useState } from "preact/hooks";
import { size } from "../../../../shared/when";
import type { Attachment as AttachmentData } from "../../api/types";
import { say, sayCode, words } from "../../i18n";
import { Icon } from "../parts/icon";

const SOUND = /^audio\//;
const PICTURE = /^image\/(png|jpeg|gif|webp)$/;

interface FileProps {
  readonly file: AttachmentData;
}

export function Attachment({ file }: FileProps) {
  const isPicture = file.thumbnail_url || PICTURE.test(file.media_type);
  if (file.url && isPicture) return <Picture file={file} />;
  return file.url && SOUND.test(file.media_type) ? <Sound file={file} /> : <Other file={file} />;
}

function nameOf(file: AttachmentData): string {
  return file.filename || words.value[PICTURE.test(file.media_type) ? "picture" : "kind_media"];
}

function sizeOf(file: AttachmentData): string {
  return file.size_bytes === null ? "" : size(file.size_bytes);
}

function Picture({ file }: FileProps) {
  const [large, setLarge] = useState(false);
  const name = nameOf(file);
  const url = file.url ?? "";
  const shown = large ? url : (file.thumbnail_url ?? url);
  const label = say(large ? "pictureSmaller" : "pictureLarger", { name });
  return (
    <figure class={large ? "picture large" : "picture"}>
      <button type="button" aria-label={label} title={label} onClick={() => setLarge(!large)}>
        <img src={shown} alt={name} loading="lazy" />
      </button>
      <figcaption class="meta">
        <a href={url} download={name} aria-label={say("download", { name })} class="cut">
          {name}
        </a>
        <span>{sizeOf(file)}</span>
      </figcaption>
    </figure>
  );
}

/** A voice message or a voicemail; its name is the provider's and says nothing. */
function Sound({ file }: FileProps) {
  const url = file.url ?? "";
  return (
    <figure class="audio">
      {/* biome-ignore lint/a11y/useMediaCaption: its words, where there are any, stand beside it. */}
      <audio controls preload="metadata" src={url} aria-label={words.value.recording} />
      <figcaption class="meta">
        <a href={url} download={nameOf(file)}>
          {words.value.recording}
        </a>{" "}
        {sizeOf(file)}
      </figcaption>
    </figure>
  );
}

function Other({ file }: FileProps) {
  const name = nameOf(file);
  const refused = file.state === "refused";
  const about = refused
    ? sayCode("file_", file.reason)
    : file.url
      ? sizeOf(file)
      : words.value.filePending;
  const inner = (
    <>
      <Icon name={refused ? "alert" : file.url ? "file" : "clock"} />
      <span class="cut">{name}</span>
      <span class="meta">{about}</span>
    </>
  );
  return file.url ? (
    <a class="file" href={file.url} download={name} aria-label={say("download", { name })}>
      {inner}
    </a>
  ) : (
    <span class={`file ${file.state}`} role={refused ? undefined : "status"}>
      {inner}
    </span>
  );
}
