"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useCallback } from "react";

import { dataOf } from "../client/client";
import { isElsewhere } from "../client/settings";
import { here } from "./session";
import { useStudio } from "./studio";

/** The connection of the user's Drive, and how full it is. */
export function useDriveStatus() {
  const { api } = useStudio();
  return useQuery({
    queryKey: ["drive"],
    staleTime: 30_000,
    queryFn: () => dataOf(api.GET("/api/user/google-drive/status")),
  });
}

/** A function that goes to Google to connect Drive, and comes back to this page. */
export function useConnectDrive() {
  const { api, settings, address } = useStudio();
  return useCallback(async () => {
    if (!isElsewhere(settings)) {
      window.location.assign(address(`/api/user/google-drive/connect?returnTo=${encodeURIComponent(here())}`));
      return;
    }
    const returnTo = `${window.location.origin}${here()}`;
    const link = await dataOf(api.POST("/api/user/google-drive/connect", { body: { returnTo } }));
    window.location.assign(link.url);
  }, [api, settings, address]);
}

export function useDisconnectDrive() {
  const { api, changed } = useStudio();
  return useMutation({
    mutationFn: (revoke: boolean) => dataOf(api.POST("/api/user/google-drive/disconnect", { body: { revoke } })),
    onSuccess: () => changed("drive", "session"),
  });
}
