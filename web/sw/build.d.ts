/** What the page was built into; the build puts it before this worker's code (see web/vite.config.ts). */
declare const BUILD: {
  /** The same for the same files. */
  readonly version: string;
  /** Address and integrity of each file that the app needs to start. */
  readonly files: readonly (readonly [address: string, integrity: string])[];
};
