"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

import { dataOf, pageOf, type Schemas } from "../client/client";
import { useStudio } from "./studio";

export type Job = Schemas["JobView"];

const BUSY_MS = 1_500;
const IDLE_MS = 20_000;

/** Whether something is still being done for the user. */
export function isActive(job: Job): boolean {
  return job.state === "QUEUED" || job.state === "RUNNING" || job.state === "CANCELLING";
}

/** Whether it has ended, well or not. */
export function isFinal(job: Job): boolean {
  return job.state === "SUCCEEDED" || job.state === "FAILED" || job.state === "CANCELLED";
}

/** The latest jobs, looked at often while something is under way; what ends, or needs the user, changes more. */
export function useJobs() {
  const { api, changed } = useStudio();
  const query = useQuery({
    queryKey: ["jobs"],
    queryFn: () => pageOf(api.GET("/api/jobs", { params: { query: { pageSize: 30 } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(isActive) === true ? BUSY_MS : IDLE_MS),
  });
  const before = useRef(new Map<string, Job["state"]>());
  useEffect(() => {
    if (query.data === undefined) return;
    const stopped = query.data.items.some((job) => {
      const was = before.current.get(job.id);
      return was !== undefined && was !== job.state && !isActive(job);
    });
    before.current = new Map(query.data.items.map((job) => [job.id, job.state]));
    if (stopped) changed("media", "credits", "session", "stories", "drive");
  }, [query.data, changed]);
  return query;
}

type Act = "cancel" | "resume" | "retry";

/** Cancel a job, go on with one that waits, or ask for the same again. */
export function useJobAction(act: Act) {
  const { api, changed } = useStudio();
  const keys = useRef(new Map<string, string>());
  return useMutation({
    mutationFn: (id: string): Promise<Job> => {
      const path = { id };
      if (act === "cancel") return dataOf(api.POST("/api/jobs/{id}/cancel", { params: { path } }));
      if (act === "resume") return dataOf(api.POST("/api/jobs/{id}/resume", { params: { path } }));
      const key = keys.current.get(id) ?? crypto.randomUUID();
      keys.current.set(id, key);
      return dataOf(api.POST("/api/jobs/{id}/retry", { params: { path, header: { "Idempotency-Key": key } } }));
    },
    onSuccess: (_, id) => {
      keys.current.delete(id);
      changed("jobs", "credits", "session");
    },
  });
}
