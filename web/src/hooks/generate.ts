"use client";
import { useMutation, useQuery } from "@tanstack/react-query";

import { dataOf, type Schemas } from "../client/client";
import { useStudio } from "./studio";
import type { Wish } from "./wish";

export interface Bodies {
  readonly character: Schemas["GenerateCharacter"];
  readonly moodboard: Schemas["GenerateMoodboard"];
  readonly animation: Schemas["GenerateAnimation"];
}
export type Kind = keyof Bodies;

/** The catalogue of models: what may be asked for, and what it costs. */
export function useModels() {
  const { api } = useStudio();
  return useQuery({ queryKey: ["models"], staleTime: Infinity, queryFn: () => dataOf(api.GET("/api/models")) });
}

/** What a generation would cost and take, before it is asked for. `body` null: not complete yet. */
export function useQuote<K extends Kind>(kind: K, body: Bodies[K] | null) {
  const { api } = useStudio();
  return useQuery({
    queryKey: ["credits", "quote", kind, body],
    enabled: body !== null,
    retry: false,
    placeholderData: (before) => before,
    queryFn: async (): Promise<Schemas["Quote"]> => {
      const asked = { ...body, validateOnly: true };
      const answer = await ask(api, kind, asked, crypto.randomUUID());
      return answer as Schemas["Quote"];
    },
  });
}

/** Ask for a generation; the same key asks once, however often it is sent. Gives the jobs. */
export function useGenerate() {
  const { api, changed } = useStudio();
  return useMutation({
    mutationFn: async (wish: Wish): Promise<readonly Schemas["JobView"][]> => {
      const answer = await ask(api, wish.kind, wish.body, wish.key);
      if ("jobs" in answer) return answer.jobs;
      return [answer as Schemas["JobView"]];
    },
    onSuccess: () => changed("jobs", "credits", "session"),
  });
}

type Answer = Schemas["JobView"] | Schemas["Jobs"] | Schemas["Quote"] | Schemas["MediaView"];

async function ask(
  api: ReturnType<typeof useStudio>["api"],
  kind: Kind,
  body: Readonly<Record<string, unknown>>,
  key: string,
): Promise<Answer> {
  const header = { "Idempotency-Key": key };
  const params = { header };
  switch (kind) {
    case "character":
      return dataOf<Answer>(api.POST("/api/generate/character", { params, body: body as unknown as Bodies["character"] }));
    case "moodboard":
      return dataOf<Answer>(api.POST("/api/generate/moodboard", { params, body: body as unknown as Bodies["moodboard"] }));
    case "animation":
      return dataOf<Answer>(api.POST("/api/generate/animation", { params, body: body as unknown as Bodies["animation"] }));
  }
}
