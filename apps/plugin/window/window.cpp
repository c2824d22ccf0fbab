#include "DistrhoUI.hpp"

START_NAMESPACE_DISTRHO

class Window_ : public UI {
 public:
  Window_() : UI(DISTRHO_UI_DEFAULT_WIDTH, DISTRHO_UI_DEFAULT_HEIGHT, true) {}

 protected:
  void parameterChanged(uint32_t, float) override {}
  void stateChanged(const char*, const char*) override {}
  void programLoaded(uint32_t) override {}
  void onNanoDisplay() override {}
};

UI* createUI() {
  return new Window_();
}

END_NAMESPACE_DISTRHO
