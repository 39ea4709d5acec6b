import{va as a}from"./chunk-6ZHFOXZU.js";import"./chunk-LCP5WNOL.js";import"./chunk-WOT6VMZA.js";export{a as attend};
