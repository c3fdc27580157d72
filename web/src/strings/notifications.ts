/** What the app says about notifications. */
export const notificationStrings = {
  line: "Know of new messages when Parley is closed",
  lineYes: "Turn on",
  lineNo: "Not now",
  turnedOn: "Notifications are on",

  device: "Notifications on this device",
  states: {
    on: "You are told of new messages while Parley is closed.",
    off: "You are not told of new messages while Parley is closed.",
    offline: "Shown when Parley is connected.",
    blocked:
      "This browser blocks notifications of this page. Allow them in its settings for this page (often behind the icon beside the address), and come back.",
    browser: "This browser cannot be notified while Parley is closed.",
    install:
      "On an iPhone or iPad, put Parley on the home screen first: tap Share, then “Add to Home Screen”. Open it from there, and turn notifications on.",
    server: "This server does not send notifications to browsers.",
  },
  by: (who: string) =>
    `This browser notifies ${who}, who is signed in here too. Turned on here, it notifies you instead.`,
  noService: "The browser cannot reach the service that brings notifications. Try again later.",
  test: "Send a test notification",
  testSent: "A test notification is on its way",

  all: "On all devices",
  previews: "Show the beginning of messages",
  previewsHint: "Off, notifications say who wrote and how much, and nothing of what was written.",
  quiet: "Quiet hours",
  quietHint: "Nothing is notified in them. What is still unread when they end is told then.",
  from: "From",
  until: "Until",
  zone: (zone: string) => `In the time of ${zone}`,
  ownZone: (zone: string) => `Use the time of ${zone}`,
} as const;
