/** What the app says in its settings. */
export const settingsStrings = {
  title: "Settings",
  openAs: (who: string) => `Settings of ${who}`,
  pages: {
    profile: "Profile",
    privacy: "Privacy",
    blocked: "Blocked people",
    devices: "Devices",
  },
  theme: "Appearance",
  themes: { system: "As the system", light: "Light", dark: "Dark" },
  install: "Install Parley",
  updateReady: "A new version is ready.",
  reload: "Reload",
} as const;
