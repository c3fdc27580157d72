import type { DataExport, Erasure } from "@parley/client/admin";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { IconButton } from "../components/icons.tsx";
import { useRemote, type Remote } from "../state/remote.ts";
import { momentWords } from "../text/times.ts";
import { useAdmin } from "./admin.ts";
import { Certificate } from "./certificate.tsx";
import { fetchExport, saveFile } from "./download.ts";
import { forgetJob, jobs as allJobs, type Job } from "./job-list.ts";
import { ActButton, Part } from "./parts.tsx";
import { why, words } from "./words.ts";

const POLL_MS = 1000;

/** Asks again as long as it is under way. */
const useProgress = <J extends { readonly status: string }>(
  ask: () => Promise<J>,
  id: string,
): Remote<J> & { readonly again: () => void } => {
  const admin = useAdmin();
  const remote = useRemote(ask, [admin, id]);
  const running = remote.at === "there" && remote.value.status === "running" ? remote.value : undefined;
  useEffect(() => {
    if (running === undefined) return undefined;
    const timer = setTimeout(remote.again, POLL_MS);
    return () => clearTimeout(timer);
  }, [running]);
  return remote;
};

const Download = ({ job }: { readonly job: DataExport }): JSX.Element => {
  const admin = useAdmin();
  const [said, setSaid] = useState<string>();
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    try {
      const file = await fetchExport(admin, job, (percent) => setSaid(words.downloading(percent)));
      if (file !== undefined) saveFile(file, `parley-export-${job.user_id}.jsonl.gz`);
      setSaid(file === undefined ? words.notIntact : words.intact);
    } catch (error) {
      setSaid(why(error));
    }
    setBusy(false);
  };
  return (
    <>
      {!busy && <ActButton label={words.download} testId="download" onClick={() => void run()} />}
      <p class="hint" aria-live="polite" data-testid="download-said">
        {said}
      </p>
    </>
  );
};

const JobItem = ({
  title,
  remote,
  onForget,
  children,
}: {
  readonly title: string;
  readonly remote: Remote<DataExport | Erasure>;
  readonly onForget: () => void;
  readonly children: ComponentChildren;
}): JSX.Element => {
  const there = remote.at === "there" ? remote.value : undefined;
  return (
    <li class="op-job" data-testid="job" data-status={there?.status}>
      <div class="op-item">
        <span class="op-item-words">
          <bdi class="op-item-title">{title}</bdi>
          {there !== undefined && (
            <span class="person-note" aria-live="polite">
              {[
                words.jobStatus[there.status],
                words.jobProgress(there.done, there.of),
                momentWords(there.requested_at),
              ].join(" · ")}
            </span>
          )}
          {remote.at === "failed" && <span class="problem">{why(remote.error)}</span>}
        </span>
        <IconButton icon="close" label={`${words.forgetJob}: ${title}`} onClick={onForget} />
      </div>
      {there?.status === "running" && there.of !== undefined && (
        <progress class="op-progress" max={Math.max(there.of, 1)} value={there.done} aria-label={title} />
      )}
      {children}
    </li>
  );
};

interface OfJob {
  readonly job: Job;
  readonly onForget: () => void;
}

const ExportItem = ({ job: { id, user }, onForget }: OfJob): JSX.Element => {
  const admin = useAdmin();
  const remote = useProgress(() => admin.call("adminGetExport", { params: { id } }), id);
  return (
    <JobItem title={words.exportOf(user)} remote={remote} onForget={onForget}>
      {remote.at === "there" && remote.value.status === "done" && <Download job={remote.value} />}
    </JobItem>
  );
};

const ErasureItem = ({ job: { id, user }, onForget }: OfJob): JSX.Element => {
  const admin = useAdmin();
  const remote = useProgress(() => admin.call("adminGetErasure", { params: { id } }), id);
  const certificate = remote.at === "there" ? remote.value.certificate : undefined;
  return (
    <JobItem title={words.erasureOf(user)} remote={remote} onForget={onForget}>
      {certificate !== undefined && <Certificate certificate={certificate} />}
    </JobItem>
  );
};

/** Exports and erasures, as far as they have come. */
export const Jobs = ({
  jobs,
  onForget,
}: {
  readonly jobs: readonly Job[];
  readonly onForget: () => void;
}): JSX.Element => {
  if (jobs.length === 0) return <p class="hint">{words.none}</p>;
  return (
    <ul class="op-list" data-testid="jobs">
      {jobs.map((job) => {
        const One = job.kind === "export" ? ExportItem : ErasureItem;
        const forget = (): void => {
          forgetJob(job.id);
          onForget();
        };
        return <One key={job.id} job={job} onForget={forget} />;
      })}
    </ul>
  );
};

export const AllJobs = (): JSX.Element => {
  const [begun, setBegun] = useState(() => allJobs());
  return (
    <Part title={words.data}>
      <p class="hint">{words.dataLead}</p>
      <Jobs jobs={begun} onForget={() => setBegun(allJobs())} />
    </Part>
  );
};
