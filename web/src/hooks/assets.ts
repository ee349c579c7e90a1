"use client";
import { useMutation } from "@tanstack/react-query";

import { dataOf, type Schemas } from "../client/client";
import type { Media, Owner } from "./media";
import { useStudio } from "./studio";
import { useWishKey } from "./wish";

/** Link a file of the user's Drive to a gallery. */
export function useLinkAsset(owner: Owner) {
  const { api, changed } = useStudio();
  const { keyFor, done } = useWishKey();
  return useMutation({
    mutationFn: (asked: { driveUrl: string; mediaType: "image" | "video" }): Promise<Media> => {
      const body = { ...owner, ...asked };
      return dataOf(api.POST("/api/assets/link", { params: { header: { "Idempotency-Key": keyFor(body) } }, body }));
    },
    onSuccess: () => {
      done();
      changed("media", "stories");
    },
    onError: done, // a refusal is kept under its key: what has been mended in Drive is another wish
  });
}

/** Put another file in the place of one that is lost. */
export function useReplaceAsset(id: string) {
  const { api, changed } = useStudio();
  return useMutation({
    mutationFn: (newDriveUrl: string): Promise<Media> =>
      dataOf(api.PUT("/api/assets/{id}/replace", { params: { path: { id } }, body: { newDriveUrl } })),
    onSuccess: () => changed("media", "stories"),
  });
}

export function useCheckAsset() {
  const { api, changed } = useStudio();
  return useMutation({
    mutationFn: (id: string): Promise<Schemas["CheckView"]> =>
      dataOf(api.GET("/api/assets/{id}/check", { params: { path: { id } } })),
    onSuccess: () => changed("media"),
  });
}

/** Upload a picture from this device into the user's Drive. */
export function useUploadAsset(owner: Owner) {
  const { api, changed } = useStudio();
  const { keyFor, done } = useWishKey();
  return useMutation({
    mutationFn: (file: File): Promise<Media> => {
      const wish = [owner, file.name, file.size, file.lastModified];
      return dataOf(
        api.POST("/api/assets/upload", {
          params: { query: owner, header: { "Idempotency-Key": keyFor(wish) } },
          headers: { "Content-Type": file.type },
          body: file as never,
          bodySerializer: (body: unknown) => body as Blob,
        }),
      );
    },
    onSuccess: () => {
      done();
      changed("media", "stories", "drive");
    },
  });
}
