import{ta as a}from"./chunk-IHK34BIP.js";import"./chunk-FTNUUM4N.js";import"./chunk-WOT6VMZA.js";export{a as attend};
