import{va as a}from"./chunk-L5LISTS6.js";import"./chunk-LBX2MXNN.js";import"./chunk-WOT6VMZA.js";export{a as attend};
