import{ta as a}from"./chunk-P7VIILBT.js";import"./chunk-HJEYBZGM.js";import"./chunk-WOT6VMZA.js";export{a as attend};
