import{va as a}from"./chunk-VMLR6DAD.js";import"./chunk-CXIAIA4K.js";import"./chunk-WOT6VMZA.js";export{a as attend};
