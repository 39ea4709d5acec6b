import{va as a}from"./chunk-NMNEY6VJ.js";import"./chunk-3UZXXJ5A.js";import"./chunk-WOT6VMZA.js";export{a as attend};
