"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { dataOf, type Schemas } from "../client/client";
import { isApiError } from "../client/errors";
import { isElsewhere } from "../client/settings";
import { session } from "../client/token";
import { useStudio } from "./studio";

/** Who is signed in; null: nobody. */
export function useSession() {
  const { api, settings } = useStudio();
  return useQuery({
    queryKey: ["session"],
    staleTime: 30_000,
    queryFn: async (): Promise<Schemas["WhoAmI"] | null> => {
      if (!session.mayBe(settings)) return null;
      try {
        return await dataOf(api.GET("/api/auth/session"));
      } catch (error) {
        if (!isApiError(error, "UNAUTHENTICATED")) throw error;
        session.ended();
        return null;
      }
    },
  });
}

/** The page as it is now, for the way back: without what the way there has left in its address. */
export function here(): string {
  const url = new URL(window.location.href);
  for (const name of ["drive", "code", "exchange"]) url.searchParams.delete(name);
  return `${url.pathname}${url.search}`;
}

/** A function that goes to Google: signing in and connecting Drive in one. */
export function useSignIn() {
  const { settings, address } = useStudio();
  return useCallback(() => {
    const back = isElsewhere(settings) ? `${window.location.origin}${here()}` : here();
    const login = `/api/auth/login?returnTo=${encodeURIComponent(back)}`;
    // The way starts at the origin of the cookies that prove it.
    window.location.assign(isElsewhere(settings) ? `${settings.publicUrl}${login}` : address(login));
  }, [settings, address]);
}

/** Start a session from a one-time code or a trusted issuer's ID token. */
export function useStartSession() {
  const { api, settings, changed } = useStudio();
  return useMutation({
    mutationFn: (proof: Schemas["SessionRequest"]) => dataOf(api.POST("/api/auth/session", { body: proof })),
    onSuccess: (started) => {
      session.begun(settings, started.token);
      changed("session", "drive", "credits", "jobs", "media", "stories");
    },
  });
}

/** End the session on the server, and everything that this tab and others know of the user. */
export function useSignOut() {
  const { api, signedOut } = useStudio();
  return useMutation({
    mutationFn: async () => {
      try {
        await dataOf<unknown>(api.DELETE("/api/auth/session"));
      } catch (error) {
        if (!isApiError(error, "UNAUTHENTICATED")) throw error;
      }
    },
    onSuccess: signedOut,
  });
}
