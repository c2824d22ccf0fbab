// The plugin as the DISTRHO Plugin Framework sees it: a thin skin over a Rig.
#pragma once

#include <atomic>

#include "DistrhoPlugin.hpp"
#include "rig/rig.hpp"

START_NAMESPACE_DISTRHO

class AtrousPlugin : public Plugin {
 public:
  AtrousPlugin();
  ~AtrousPlugin() override;

  plugin::Rig rig;

  // The one that this thread made last: how an entry point finds that of an instance which it had the framework make.
  static AtrousPlugin*& newest() noexcept;

  // A line about the state that was restored; "" where there is nothing to say.
  const char* state_problem() const noexcept;

 protected:
  const char* getLabel() const override;
  const char* getDescription() const override;
  const char* getMaker() const override { return "Atrous"; }
  const char* getHomePage() const override { return "urn:atrous"; }
  const char* getLicense() const override;
  uint32_t getVersion() const override;
  int64_t getUniqueId() const override;

  void initAudioPort(bool input, uint32_t index, AudioPort& port) override;
  void initParameter(uint32_t index, Parameter& parameter) override;
  void initState(uint32_t index, State& state) override;
  void initProgramName(uint32_t index, String& name) override;

  float getParameterValue(uint32_t index) const override;
  void setParameterValue(uint32_t index, float value) override;
  String getState(const char* key) const override;
  void setState(const char* key, const char* value) override;
  void loadProgram(uint32_t index) override;

  void activate() override;
  void sampleRateChanged(double hz) override;
  void run(const float** in, float** out, uint32_t frames) override;

 private:
  std::atomic<bool> newer_state_{false};
  bool recalled_ =
      false;  // from the last run: the framework's stand-alone begins with the first program, which this is not
};

END_NAMESPACE_DISTRHO
