#if !Commands
  #error("the commands are behind Kobai's trait Commands, which is on unless traits are named")
#endif
