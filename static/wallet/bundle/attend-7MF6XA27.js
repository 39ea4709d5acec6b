import{va as a}from"./chunk-SRMMFTRL.js";import"./chunk-F7CX4WQ3.js";import"./chunk-WOT6VMZA.js";export{a as attend};
