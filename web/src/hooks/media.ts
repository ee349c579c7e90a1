"use client";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { dataOf, pageOf, type Page, type Schemas } from "../client/client";
import type { operations } from "../client/schema";
import { useStudio } from "./studio";

export type Media = Schemas["MediaView"];
export type EntityType = Media["entityType"];
export type MediaFilter = Omit<NonNullable<operations["get_media"]["parameters"]["query"]>, "pageToken" | "pageSize">;
export interface Owner {
  readonly entityType: EntityType;
  readonly entityId: string;
}

/** Media, newest first, page by page. */
export function useMediaList(filter: MediaFilter) {
  const { api } = useStudio();
  const query = useInfiniteQuery({
    queryKey: ["media", "list", filter],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      pageOf(
        api.GET("/api/media", {
          params: { query: { ...filter, pageSize: 24, ...(pageParam !== "" ? { pageToken: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page: Page<Media>) => page.next,
    placeholderData: (before) => before,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}

export function useMedia(id: string | null) {
  const { api } = useStudio();
  return useQuery({
    queryKey: ["media", "one", id],
    enabled: id !== null,
    queryFn: () => dataOf(api.GET("/api/media/{id}", { params: { path: { id: id ?? "" } } })),
  });
}

/** What a media was made from, and what was made from it. */
export function useLineage(id: string) {
  const { api } = useStudio();
  return useQuery({
    queryKey: ["media", "lineage", id],
    queryFn: () => dataOf(api.GET("/api/media/{id}/lineage", { params: { path: { id } } })),
  });
}

export function usePatchMedia() {
  const { api, changed } = useStudio();
  return useMutation({
    mutationFn: ({ id, ...body }: Schemas["MediaPatch"] & { id: string }) =>
      dataOf(api.PATCH("/api/media/{id}", { params: { path: { id } }, body })),
    onSuccess: () => changed("media", "stories"),
  });
}

export function useDeleteMedia() {
  const { api, gone } = useStudio();
  return useMutation({
    mutationFn: ({ id, driveFile }: { id: string; driveFile: "keep" | "trash" }) =>
      dataOf(api.DELETE("/api/media/{id}", { params: { path: { id }, query: { driveFile } } })),
    onSuccess: (_, { id }) => gone(id, "media", "stories", "drive"),
  });
}

/** The address of a zip of a project's files, or of everything: a link that a browser can follow. */
export function useExport() {
  const { api, address } = useStudio();
  return useMutation({
    mutationFn: async (projectId: string | null) =>
      address((await dataOf(api.POST("/api/media/export", { body: { projectId } }))).url),
  });
}
