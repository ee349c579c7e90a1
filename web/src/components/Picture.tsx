"use client";
import { useState } from "react";

import type { Media } from "../hooks/media";
import { useStudio } from "../hooks/studio";

interface PictureProps {
  readonly media: Media;
  readonly alt: string;
  /** The whole picture instead of the small one. */
  readonly full?: boolean;
}

/** A media's picture: our own copy, else Drive's thumbnails, else a placeholder; its place is kept while it loads. */
export function Picture({ media, alt, full = false }: PictureProps) {
  const { address } = useStudio();
  const sources = [
    ...(full && media.mediaType === "image" ? [address(media.contentUrl)] : []),
    address(media.previewUrl),
    ...(media.sharing === "public"
      ? [media.thumbnailUrl, `https://lh3.googleusercontent.com/d/${encodeURIComponent(media.driveFileId)}=w1000`]
      : []),
  ];
  // Which of them failed: a new file begins anew.
  const [failed, setFailed] = useState({ file: media.driveFileId, count: 0 });
  const source = sources[failed.file === media.driveFileId ? failed.count : 0];
  const ratio = { aspectRatio: full && media.width !== null && media.height !== null ? `${media.width} / ${media.height}` : undefined };
  if (source === undefined) {
    return (
      <div className="picture missing" role="img" aria-label={alt} style={ratio}>
        <span aria-hidden="true">{media.mediaType === "video" ? "▶" : "▦"}</span>
      </div>
    );
  }
  return (
    <img
      className="picture"
      src={source}
      alt={alt}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
      style={ratio}
      onError={() =>
        setFailed((before) => ({
          file: media.driveFileId,
          count: (before.file === media.driveFileId ? before.count : 0) + 1,
        }))
      }
    />
  );
}
