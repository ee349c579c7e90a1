"use client";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useMemo, type ReactNode } from "react";

import { addressOf, createApi, type Api } from "../client/client";
import type { Settings } from "../client/settings";
import { session } from "../client/token";

interface Studio {
  readonly settings: Settings;
  readonly api: Api;
  /** Where a path of the API is. */
  readonly address: (path: string) => string;
  /** Tell every tab, this one too, that something has changed. */
  readonly changed: (...what: readonly Topic[]) => void;
  /** The same after something was deleted: what is known of it itself is not asked for again. */
  readonly gone: (id: string, ...what: readonly Topic[]) => void;
  /** Every tab forgets the user, this one too. */
  readonly signedOut: () => void;
}

/** What may have changed elsewhere: the first part of the keys of queries. */
export type Topic = "session" | "drive" | "credits" | "jobs" | "media" | "stories";

const CHANNEL = "studio";
const SIGNED_OUT = "signed out";
const Context = createContext<Studio | null>(null);

interface Change {
  readonly topics: readonly Topic[];
  readonly gone: string | null;
}

function refresh(queries: QueryClient, { topics, gone }: Change): void {
  for (const topic of topics) {
    void queries.invalidateQueries({ queryKey: [topic], predicate: ({ queryKey }) => !(gone !== null && queryKey.includes(gone)) });
  }
}

function forget(queries: QueryClient): void {
  session.ended();
  queries.setQueryData(["session"], null);
}

/** The API for everything below; needs a `QueryClientProvider` around it. */
export function StudioProvider({ settings, children }: { readonly settings: Settings; readonly children: ReactNode }) {
  const queries = useQueryClient();
  const channel = useMemo(() => new BroadcastChannel(CHANNEL), []);
  useEffect(() => {
    const heard = ({ data }: MessageEvent<Change | typeof SIGNED_OUT>) => {
      if (data === SIGNED_OUT) forget(queries);
      else refresh(queries, data);
    };
    channel.addEventListener("message", heard);
    return () => channel.removeEventListener("message", heard);
  }, [channel, queries]);
  const studio = useMemo<Studio>(() => {
    const tell = (change: Change) => {
      refresh(queries, change);
      channel.postMessage(change);
    };
    return {
      settings,
      api: createApi(settings),
      address: (path) => addressOf(settings, path),
      changed: (...topics) => tell({ topics, gone: null }),
      gone: (id, ...topics) => tell({ topics, gone: id }),
      signedOut: () => {
        forget(queries);
        channel.postMessage(SIGNED_OUT);
      },
    };
  }, [settings, queries, channel]);
  return <Context value={studio}>{children}</Context>;
}

export function useStudio(): Studio {
  const studio = use(Context);
  if (studio === null) throw new Error("There is no StudioProvider around this.");
  return studio;
}
