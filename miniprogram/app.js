// The start of the mini-program: nothing is asked of anybody before they report.
App({});
