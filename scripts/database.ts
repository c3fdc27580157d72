import { existsSync } from "node:fs";

const FOLDERS = ["/usr/sbin", "/usr/bin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin"];
const placeOf = (program: string): string | undefined =>
  FOLDERS.map((folder) => `${folder}/${program}`).find((place) => existsSync(place));

export const databaseServer = placeOf("mariadbd");
export const databaseInstaller = placeOf("mariadb-install-db");
/** Whether this machine has a MariaDB. Its own service, if it has one, is left alone. */
export const hasMariaDb = databaseServer !== undefined && databaseInstaller !== undefined;
