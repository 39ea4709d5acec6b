import{va as a}from"./chunk-HF36L2Y3.js";import"./chunk-HBPS3LFF.js";import"./chunk-WOT6VMZA.js";export{a as attend};
