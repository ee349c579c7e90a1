"use client";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { dataOf, pageOf, type Page, type Schemas } from "../client/client";
import { useStudio } from "./studio";

export function useCredits() {
  const { api } = useStudio();
  return useQuery({ queryKey: ["credits", "balance"], queryFn: () => dataOf(api.GET("/api/credits")) });
}

export function useLedger() {
  const { api } = useStudio();
  const query = useInfiniteQuery({
    queryKey: ["credits", "ledger"],
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      pageOf(api.GET("/api/credits/ledger", { params: { query: { pageSize: 50, ...(pageParam !== "" ? { pageToken: pageParam } : {}) } } })),
    getNextPageParam: (page: Page<Schemas["EntryView"]>) => page.next,
  });
  return { ...query, items: query.data?.pages.flatMap((page) => page.items) };
}
