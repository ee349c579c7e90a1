"use client";
import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { dataOf, pageOf, type Page, type Schemas } from "../client/client";
import { useStudio } from "./studio";
import { useWishKey } from "./wish";

export interface Collections {
  readonly projects: Schemas["ProjectView"];
  readonly characters: Schemas["CharacterView"];
  readonly universes: Schemas["UniverseView"];
  readonly scenes: Schemas["SceneView"];
  readonly moodboards: Schemas["MoodboardView"];
}
export type Collection = keyof Collections;
export type InProject = Exclude<Collection, "projects">;
/** The fields of a form: texts, and ids that may be none. */
export type Fields = Readonly<Record<string, string | null>>;

type Api = ReturnType<typeof useStudio>["api"];

/** The contract has the same five calls for each collection; a name chooses among them. */
function calls<C extends Collection>(api: Api, collection: C) {
  const many = `/api/${collection}` as "/api/characters";
  const one = `/api/${collection}/{id}` as "/api/characters/{id}";
  type View = Collections[C];
  return {
    list: (query: { projectId?: string; pageToken?: string }) =>
      pageOf(api.GET(many, { params: { query: { pageSize: 100, ...query } } })) as unknown as Promise<Page<View>>,
    get: (id: string) => dataOf(api.GET(one, { params: { path: { id } } })) as unknown as Promise<View>,
    create: (fields: Fields, key: string) =>
      dataOf(
        api.POST(many, { params: { header: { "Idempotency-Key": key } }, body: fields as unknown as Schemas["CharacterCreate"] }),
      ) as unknown as Promise<View>,
    change: (id: string, version: number, fields: Fields) =>
      dataOf(api.PATCH(one, { params: { path: { id } }, body: { ...fields, version } })) as unknown as Promise<View>,
    remove: (id: string) => dataOf(api.DELETE(one, { params: { path: { id } } })),
  };
}

/** All entities of a collection, of a project where it is given. */
export function useEntities<C extends Collection>(collection: C, projectId?: string) {
  const { api } = useStudio();
  const query = useInfiniteQuery({
    queryKey: ["stories", collection, "of", projectId ?? ""],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      calls(api, collection).list({
        ...(projectId !== undefined ? { projectId } : {}),
        ...(pageParam !== "" ? { pageToken: pageParam } : {}),
      }),
    getNextPageParam: (page: Page<Collections[C]>) => page.next,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}

export function useEntity<C extends Collection>(collection: C, id: string) {
  const { api } = useStudio();
  return useQuery({
    queryKey: ["stories", collection, "one", id],
    enabled: id !== "",
    queryFn: () => calls(api, collection).get(id),
  });
}

/** Create one, or change the one that is given as it was when the form was opened. */
export function useSaveEntity<C extends Collection>(collection: C, was?: { readonly id: string; readonly version: number }) {
  const { api, changed } = useStudio();
  const { keyFor, done } = useWishKey();
  return useMutation({
    mutationFn: (fields: Fields) =>
      was === undefined
        ? calls(api, collection).create(fields, keyFor(fields))
        : calls(api, collection).change(was.id, was.version, fields),
    onSuccess: () => {
      done();
      changed("stories");
    },
  });
}

export function useDeleteEntity(collection: Collection) {
  const { api, gone } = useStudio();
  return useMutation({
    mutationFn: (id: string) => calls(api, collection).remove(id),
    onSuccess: (_, id) => gone(id, "stories"),
  });
}
