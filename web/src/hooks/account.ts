"use client";
import { useMutation } from "@tanstack/react-query";

import { dataOf } from "../client/client";
import { useStudio } from "./studio";

/** Delete the account: it closes at once, and every tab is signed out. */
export function useDeleteAccount() {
  const { api, signedOut } = useStudio();
  return useMutation({ mutationFn: () => dataOf(api.DELETE("/api/account")), onSuccess: signedOut });
}
