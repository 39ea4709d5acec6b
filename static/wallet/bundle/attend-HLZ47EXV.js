import{va as a}from"./chunk-43VVII2A.js";import"./chunk-3SBA7KP5.js";import"./chunk-WOT6VMZA.js";export{a as attend};
