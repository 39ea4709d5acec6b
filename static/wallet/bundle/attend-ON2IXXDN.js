import{ta as a}from"./chunk-5M3343A4.js";import"./chunk-HJEYBZGM.js";import"./chunk-WOT6VMZA.js";export{a as attend};
