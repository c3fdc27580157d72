/** What the database said, without the statement: there is content in it. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  /** Worth another try at once. */
  readonly transient: boolean;

  constructor(reason: string, transient: boolean) {
    super(`unable to reach the archive; ${reason}`);
    this.transient = transient;
  }
}

/** What database-js throws, as far as it is known. */
interface DriverError {
  readonly status?: number;
  readonly body?: { readonly code?: string };
  readonly name?: string;
  readonly message?: string;
  readonly cause?: unknown;
}

/** Too many connections, going down, lock wait, deadlock, read-only while another one takes over, gone, lost. */
const TRANSIENT_ERRNO = new Set([1040, 1053, 1205, 1213, 1290, 1836, 2002, 2003, 2006, 2013]);
const TRANSIENT_CODE = new Set(["ABORTED", "UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"]);
/** Vitess names its own codes in the text, and says so in words when a tablet does not answer. */
const TRANSIENT_TEXT =
  /^(?:[^"']*code = (?:Aborted|Unavailable|DeadlineExceeded|ResourceExhausted)\b|[^"']*(?:no healthy tablet|not serving|context deadline exceeded))/;

const innermost = (error: unknown): DriverError => {
  const { cause } = error as DriverError;
  return cause === undefined || cause === null ? (error as DriverError) : innermost(cause);
};

const nameOf = ({ name = "" }: DriverError): string => (/^[A-Za-z]{1,32}$/.test(name) ? name : "unknown");

/**
 * What went wrong, told apart by what is known of it: the service answers 200 with UNKNOWN, and the number of the error
 * stands in the text. Without the text itself, which quotes the statement.
 */
export const archiveErrorOf = (error: unknown): ArchiveError => {
  if (error instanceof ArchiveError) return error;
  const { status, body, message = "" } = innermost(error);
  if (status === undefined) return new ArchiveError(`no answer (${nameOf(innermost(error))})`, true);
  const errno = Number(/\(errno (\d+)\)/.exec(message)?.[1] ?? 0);
  const code = body?.code !== undefined && /^[A-Z_]{1,32}$/.test(body.code) ? body.code : "UNKNOWN";
  // 400 is what the driver makes of an error in an answer of 200.
  if (status !== 400) return new ArchiveError(`HTTP ${status}`, status === 429 || status >= 500);
  const transient = TRANSIENT_ERRNO.has(errno) || TRANSIENT_CODE.has(code) || TRANSIENT_TEXT.test(message);
  return new ArchiveError(errno > 0 ? `error ${errno}` : `error ${code}`, transient);
};
