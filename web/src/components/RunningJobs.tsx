"use client";
import { isFinal, useJobs } from "../hooks/jobs";
import type { Owner } from "../hooks/media";
import { JobRow } from "./JobRow";

/** What is under way for one gallery, where its result will be; a film shows beside its moodboard. */
export function RunningJobs({ owner }: { readonly owner: Owner }) {
  const jobs = useJobs().data?.items ?? [];
  const own = jobs.filter((job) => job.entityId === owner.entityId && job.entityType === owner.entityType && !isFinal(job));
  if (own.length === 0) return null;
  return (
    <ul className="running" aria-live="polite">
      {own.map((job) => (
        <JobRow key={job.id} job={job} onShow={() => undefined} />
      ))}
    </ul>
  );
}
