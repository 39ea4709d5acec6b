import{va as a}from"./chunk-QYIOU56Z.js";import"./chunk-5K4MWHPC.js";import"./chunk-WOT6VMZA.js";export{a as attend};
