import{va as a}from"./chunk-XOCAIWUV.js";import"./chunk-7C5YLU62.js";import"./chunk-WOT6VMZA.js";export{a as attend};
