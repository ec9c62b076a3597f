// What the program writes above the service worker; see web/js/phone/shell.js.
declare const SHELL: { page: string; version: string; files: Record<string, string> };
