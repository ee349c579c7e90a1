import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { cleanup, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";

import { Picture } from "../src/components/Picture";
import type { Media } from "../src/hooks/media";
import { StudioProvider } from "../src/hooks/studio";

const SETTINGS = { publicUrl: "https://studio.example", hosts: {}, hasSession: true, emailSignInUrl: null, pickerUrl: "" };
const MEDIA = {
  id: "m",
  mediaType: "image",
  driveFileId: "d",
  sharing: "public",
  width: 2048,
  height: 1024,
  contentUrl: "https://studio.example/api/media/m/content?t=c",
  previewUrl: "https://studio.example/api/media/m/preview?t=p",
  thumbnailUrl: "https://drive.google.com/thumbnail?id=d&sz=w1000",
} as Media;

function shown(media: Media, full = false) {
  return render(
    <QueryClientProvider client={new QueryClient()}>
      <StudioProvider settings={SETTINGS}>
        <Picture media={media} alt="Sari" full={full} />
      </StudioProvider>
    </QueryClientProvider>,
  );
}

/** Every address that is tried, each failing, and what is left at the end. */
function tried(): string[] {
  const sources: string[] = [];
  for (let image = screen.getByRole("img"); image.tagName === "IMG"; image = screen.getByRole("img")) {
    sources.push(image.getAttribute("src") ?? "");
    fireEvent.error(image);
  }
  return sources;
}

afterEach(cleanup);

describe("a picture", () => {
  it("is our own copy, else Drive's thumbnail, else lh3, else a placeholder of the same name", () => {
    shown(MEDIA);
    expect(tried()).toEqual(["/api/media/m/preview?t=p", "https://drive.google.com/thumbnail?id=d&sz=w1000", "https://lh3.googleusercontent.com/d/d=w1000"]);
    expect(screen.getByRole("img", { name: "Sari" }).className).toContain("missing");
  });

  it("is never asked of Drive when only its owner may see it", () => {
    shown({ ...MEDIA, sharing: "restricted" });
    expect(tried()).toEqual(["/api/media/m/preview?t=p"]);
  });

  it("begins with the whole one in full, and keeps its place", () => {
    shown(MEDIA, true);
    expect(screen.getByRole("img").style.aspectRatio).toBe("2048 / 1024");
    expect(tried()[0]).toBe("/api/media/m/content?t=c");
  });

  it("begins anew with another file", () => {
    const { rerender } = shown(MEDIA);
    tried();
    rerender(
      <QueryClientProvider client={new QueryClient()}>
        <StudioProvider settings={SETTINGS}>
          <Picture media={{ ...MEDIA, driveFileId: "e" }} alt="Sari" />
        </StudioProvider>
      </QueryClientProvider>,
    );
    expect(screen.getByRole("img").tagName).toBe("IMG");
  });
});
